//! `process_fleet`: runs many processes that share one token through a store, and injects faults.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use evergrant_bench::open_file_limit;
use evergrant_bench::process_fleet::{Options, WORKER, run};

fn main() -> Result<ExitCode> {
    // The processes of the fleet run this program too.
    if std::env::args().nth(1).as_deref() == Some(WORKER) {
        store_faults::worker::run()?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = Options::parse();
    open_file_limit::raise_limit()?;
    let figures = run(&options)?;
    if options.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!("\n{figures}");
    }
    for broken in &figures.broken {
        eprintln!("violated guarantee: {broken}");
    }
    Ok(match figures.broken.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
