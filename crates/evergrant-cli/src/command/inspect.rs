//! `evergrant inspect`: a report about a description on standard output.

use std::io::Write as _;

use crate::cli::InspectArgs;
use crate::failure::Failure;
use crate::sanitize;
use crate::standard_output;

pub(super) fn run(args: InspectArgs) -> Result<(), Failure> {
    let report = super::openapi_description::generator(&args.description)?.inspect()?;
    let shown = match args.json {
        true => sanitize::escape_json(&format!("{:#}\n", report.to_json())),
        false => sanitize::lines_for_terminal(&report.to_string()),
    };
    standard_output::write(|stdout| stdout.write_all(shown.as_bytes()))
}
