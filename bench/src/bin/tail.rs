//! `tail`: what callers go through at a cold start, in an outage, after a 401: one row per scenario and subject.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use evergrant_bench::row::{Row, heading};
use evergrant_bench::scenario::Scenario;
use evergrant_bench::{files, subjects};

/// What callers go through, beside peers. See bench/README.md for the scenarios.
#[derive(Debug, Parser)]
struct Options {
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
    /// Only subjects with this in their names.
    #[arg(long)]
    subject: Option<String>,
    /// Only these scenarios.
    #[arg(long, value_delimiter = ',')]
    scenario: Vec<Scenario>,
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    files::allow_many()?;
    let scenarios = match options.scenario.as_slice() {
        [] => Scenario::ALL.to_vec(),
        chosen => chosen.to_vec(),
    };
    let subjects = subjects::all(options.subject.as_deref())?;
    if !options.json {
        println!("{}", heading());
    }
    let mut complete = true;
    for &scenario in &scenarios {
        for subject in &subjects {
            match subject.drive(scenario) {
                Ok(row) => show(&row, options.json)?,
                Err(error) => {
                    eprintln!("{error:#}");
                    complete = false;
                }
            }
        }
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(row: &Row, json: bool) -> Result<()> {
    match (json, row.absent) {
        (false, _) => println!("{row}"),
        (true, false) => println!("{}", serde_json::to_string(row)?),
        // There are no figures to give under the keys.
        (true, true) => eprintln!("{row}"),
    }
    Ok(())
}
