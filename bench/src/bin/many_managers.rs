//! `many_managers`: measures the size of many token managers, and the overhead of an authorized call.

use anyhow::Result;
use clap::Parser;
use evergrant_bench::many_managers;

/// Measures heap bytes and look-up time of 1, 1,000 and 100,000 managers, and authorized and bare calls on loopback.
#[derive(Debug, Parser)]
struct Options {
    /// Print one JSON object per line instead of tables.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let Options { json } = Options::parse();
    if !json {
        println!(
            "{:>9} {:>21} {:>18} {:>11}",
            "managers", "bytes without token", "bytes with token", "look-up ns"
        );
    }
    for count in [1, 1_000, 100_000] {
        let figure = many_managers::managers(count)?;
        if json {
            println!("{}", serde_json::to_string(&figure)?);
        } else {
            let many_managers::ManagerFigures {
                managers,
                bytes_without_token,
                bytes_with_token,
                lookup_ns,
            } = figure;
            println!("{managers:>9} {bytes_without_token:>21.0} {bytes_with_token:>18.0} {lookup_ns:>11.1}");
        }
    }
    if !json {
        println!("\n{:<36} {:>10} {:>10}", "calls", "per second", "overhead");
    }
    for figure in many_managers::calls()? {
        if json {
            println!("{}", serde_json::to_string(&figure)?);
        } else {
            println!(
                "{:<36} {:>10.0} {:>9.2}%",
                figure.kind, figure.per_second, figure.overhead_percent
            );
        }
    }
    Ok(())
}
