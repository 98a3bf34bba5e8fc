//! Converts the generator's errors.

use evergrant_openapi::Error;

use super::{Failure, Kind};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::Description(problems) => match problems.as_slice() {
                [problem] => Self::usage(format!("invalid description: {problem}")),
                several => Self::List(
                    Kind::Usage,
                    "problem",
                    several.iter().map(ToString::to_string).collect(),
                    format!("invalid description: {} problems", several.len()),
                ),
            },
            Error::Security(operations) => Self::List(
                Kind::Unsupported,
                "unsupported",
                operations.iter().map(ToString::to_string).collect(),
                format!(
                    "{}; skip what is named above with --allow-skip, or describe its security differently in an overlay",
                    match operations.len() {
                        1 => "an operation requires an unsupported security scheme".to_owned(),
                        count => format!("{count} operations require unsupported security schemes"),
                    }
                ),
            ),
            _ => Self::usage(error.to_string()),
        }
    }
}
