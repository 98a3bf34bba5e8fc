//! `tail_latency`: measures calls at a cold start, in an outage and after a 401. Prints one row per scenario and
//! subject.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use evergrant_bench::result_row::{Row, heading};
use evergrant_bench::scenario_names::Scenario;
use evergrant_bench::{all_measured_libraries, open_file_limit};

/// Measures the tail behaviour of all libraries. bench/README.md describes the scenarios.
#[derive(Debug, Parser)]
struct Options {
    /// Print one JSON object per line instead of a table.
    #[arg(long)]
    json: bool,
    /// Run only subjects whose names contain this text.
    #[arg(long)]
    subject: Option<String>,
    /// Run only these scenarios (comma-separated).
    #[arg(long, value_delimiter = ',')]
    scenario: Vec<Scenario>,
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    open_file_limit::raise_limit()?;
    let scenarios = match options.scenario.as_slice() {
        [] => Scenario::ALL.to_vec(),
        selected => selected.to_vec(),
    };
    let subjects = all_measured_libraries::all(options.subject.as_deref())?;
    if !options.json {
        println!("{}", heading());
    }
    let mut complete = true;
    for &scenario in &scenarios {
        for subject in &subjects {
            match subject.run(scenario) {
                Ok(row) => print_row(&row, options.json)?,
                Err(error) => {
                    eprintln!("{error:#}");
                    complete = false;
                }
            }
        }
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_row(row: &Row, json: bool) -> Result<()> {
    match (json, row.not_applicable) {
        (false, _) => println!("{row}"),
        (true, false) => println!("{}", serde_json::to_string(row)?),
        // A row without figures has no JSON form.
        (true, true) => eprintln!("{row}"),
    }
    Ok(())
}
