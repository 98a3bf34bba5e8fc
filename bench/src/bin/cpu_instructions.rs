//! `cpu_instructions`: counts the CPU instructions of an authorized call, and prints the sizes of futures.

use anyhow::Result;
use clap::Parser;
use evergrant_bench::cpu_instructions::{self, WORKER, api_server};

/// Counts the instructions of one call on loopback with valgrind: bare, with a fixed header, and authorized.
#[derive(Debug, Parser)]
struct Options {
    /// Print one JSON object per line instead of tables.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    // This program also runs under valgrind and as the API.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(WORKER) => return cpu_instructions::run_worker(&arguments[1..]),
        Some(api_server::SERVER) => return api_server::serve(),
        _ => {}
    }
    let Options { json } = Options::parse();
    let figures = cpu_instructions::all()?;
    if json {
        for figure in &figures.calls {
            println!("{}", serde_json::to_string(figure)?);
        }
        for size in &figures.future_sizes {
            println!("{}", serde_json::to_string(size)?);
        }
        return Ok(());
    }
    println!(
        "{:<46} {:>12} {:>10} {:>10} {:>6}",
        "calls", "instructions", "over bare", "over fixed", "ratio"
    );
    for figure in &figures.calls {
        println!(
            "{:<46} {:>12.0} {:>10.0} {:>10.0} {:>6.3}",
            figure.subject, figure.instructions, figure.over_bare, figure.over_fixed, figure.ratio
        );
    }
    println!("\n{:<46} {:>12}", "futures", "bytes");
    for size in &figures.future_sizes {
        println!("{:<46} {:>12}", size.future, size.bytes);
    }
    Ok(())
}
