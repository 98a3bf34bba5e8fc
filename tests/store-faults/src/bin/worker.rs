//! The program of each process in a fleet (`store_faults::worker::run`). Tests start it.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match store_faults::worker::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "fleet-worker: {error:#}");
            ExitCode::FAILURE
        }
    }
}
