//! Validates the URLs of endpoints to which credentials are sent.

use url::Url;

use super::{Origin, PlaintextPolicy};
use crate::error::BuildError;

/// Parses and validates a URL that receives credentials.
pub(super) fn parse_endpoint(
    setting: &'static str,
    text: &str,
    plaintext: &PlaintextPolicy,
) -> Result<Url, BuildError> {
    let (url, origin) = parse_url(setting, text)?;
    match plaintext.permits(&origin) {
        true => Ok(url),
        false => Err(BuildError::NotEncrypted {
            setting,
            origin: origin.to_string(),
        }),
    }
}

/// Parses and validates a URL, whether it is encrypted or not.
pub(crate) fn parse_url(setting: &'static str, text: &str) -> Result<(Url, Origin), BuildError> {
    let invalid = |problem: &str| BuildError::InvalidUrl {
        setting,
        problem: problem.to_owned(),
    };
    let url = Url::parse(text).map_err(|error| invalid(&format!("it is not a URL ({error})")))?;
    let origin = Origin::of(&url).ok_or_else(|| invalid("it is neither http nor https"))?;
    if let Some(problem) = origin.host_problem() {
        return Err(invalid(problem));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(
            "it contains a user name or password, which would appear in logs",
        ));
    }
    if url.fragment().is_some() {
        return Err(invalid("it has a fragment (#...), which is never sent"));
    }
    if url.as_str().parse::<http::Uri>().is_err() {
        return Err(invalid("it contains characters that must be percent-encoded"));
    }
    Ok((url, origin))
}
