//! `evergrant inspect`: a report about a description on standard output.

use std::io::Write as _;

use crate::arguments::InspectArgs;
use crate::failure::Failure;
use crate::standard_output;
use crate::terminal_sanitizer;

pub(super) fn run(args: InspectArgs) -> Result<(), Failure> {
    let report = super::openapi_description::generator(&args.description)?.inspect()?;
    let shown = match args.json {
        true => terminal_sanitizer::escape_json(&format!("{:#}\n", report.to_json())),
        false => terminal_sanitizer::lines_for_terminal(&report.to_string()),
    };
    standard_output::write(|stdout| stdout.write_all(shown.as_bytes()))
}
