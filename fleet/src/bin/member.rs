//! A process of a fleet: `fleet::member::run`, to be started by a test.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match fleet::member::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "member: {error:#}");
            ExitCode::FAILURE
        }
    }
}
