//! Installs the engines that tests and benchmarks start: `fleet::engine::install`.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match fleet::engine::install() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "engines: {error:#}");
            ExitCode::FAILURE
        }
    }
}
