//! `cli_run_time`: measures the run time of the program `evergrant` beside that of curl.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use evergrant_bench::cli_run_time;

/// Measures `evergrant token --cache`, with a warm cache and with a fetch, and `curl --version`.
#[derive(Debug, Parser)]
struct Options {
    /// Print one JSON object per line instead of a table.
    #[arg(long)]
    json: bool,
    /// Number of runs of each command.
    #[arg(long, default_value_t = cli_run_time::RUNS, value_parser = clap::value_parser!(u16).range(20..))]
    runs: u16,
    /// The program `evergrant`; by default it is built first.
    #[arg(long)]
    evergrant: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let evergrant = match options.evergrant {
        Some(path) => path,
        None => cli_run_time::build()?,
    };
    if !options.json {
        println!(
            "{:<40} {:>5} {:>10} {:>11}",
            "command", "runs", "median, ms", "fastest, ms"
        );
    }
    for figures in cli_run_time::all(&evergrant, options.runs.into())? {
        if options.json {
            println!("{}", serde_json::to_string(&figures)?);
        } else {
            println!(
                "{:<40} {:>5} {:>10.2} {:>11.2}",
                figures.command, figures.runs, figures.median_ms, figures.fastest_ms
            );
        }
    }
    Ok(())
}
