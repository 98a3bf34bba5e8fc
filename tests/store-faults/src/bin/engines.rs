//! Installs the engines that tests and benchmarks start (`store_faults::engine::install`).

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match store_faults::engine::install() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "engines: {error:#}");
            ExitCode::FAILURE
        }
    }
}
