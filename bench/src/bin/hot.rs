//! `hot`: a cached, valid token into a request's headers, beside the primitives of which it is made.

use anyhow::Result;
use clap::Parser;
use evergrant_bench::hot::{self, Hot};
use evergrant_bench::subjects;

/// The hot path beside peers: nanoseconds and allocations a call, and the ratio to the sum of
/// `ArcSwap::load`, a coarse clock read and an uncontended `HeaderValue` clone on one thread.
#[derive(Debug, Parser)]
struct Options {
    /// One JSON object a line instead of a table.
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
    for figure in hot::all(&subjects::all(None)?)? {
        show(&figure, options.json)?;
    }
    Ok(())
}

fn show(figure: &Hot, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(figure)?);
        return Ok(());
    }
    let allocations = figure.allocations.map_or("?".to_owned(), |count| format!("{count:.1}"));
    let Hot {
        subject,
        threads,
        ns,
        ratio,
        ..
    } = figure;
    println!("{subject:<28} {threads:>7} {ns:>9.1} {allocations:>11} {ratio:>7.2}");
    Ok(())
}
