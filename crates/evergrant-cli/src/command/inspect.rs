//! `evergrant inspect`: an account of a description on standard output.

use std::io::Write as _;

use crate::cli::InspectArgs;
use crate::failure::Failure;
use crate::output;
use crate::text;

pub(super) fn run(args: InspectArgs) -> Result<(), Failure> {
    let report = super::description::generator(&args.description)?.inspect()?;
    let shown = match args.json {
        true => text::escaped(&format!("{:#}\n", report.to_json())),
        false => text::lines_for_screen(&report.to_string()),
    };
    output::write(|stdout| stdout.write_all(shown.as_bytes()))
}
