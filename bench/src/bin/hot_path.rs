//! `hot_path`: measures adding a cached, valid token to a request's headers, and the primitives of this path.

use anyhow::Result;
use clap::Parser;
use evergrant_bench::all_measured_libraries;
use evergrant_bench::hot_path::{self, HotPathFigure};

/// Measures the hot path of all libraries: nanoseconds and allocations per call, and the ratio to the sum of
/// `ArcSwap::load`, a coarse clock read and an uncontended `HeaderValue` clone on one thread.
#[derive(Debug, Parser)]
struct Options {
    /// Print one JSON object per line instead of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    if !options.json {
        println!(
            "{:<28} {:>7} {:>9} {:>11} {:>7}",
            "subject", "threads", "ns", "allocations", "ratio"
        );
    }
    for figure in hot_path::all(&all_measured_libraries::all(None)?)? {
        print_figure(&figure, options.json)?;
    }
    Ok(())
}

fn print_figure(figure: &HotPathFigure, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(figure)?);
        return Ok(());
    }
    let allocations = figure.allocations.map_or("?".to_owned(), |count| format!("{count:.1}"));
    let HotPathFigure {
        subject,
        threads,
        ns,
        ratio,
        ..
    } = figure;
    println!("{subject:<28} {threads:>7} {ns:>9.1} {allocations:>11} {ratio:>7.2}");
    Ok(())
}
