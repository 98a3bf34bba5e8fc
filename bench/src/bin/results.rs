//! `results`: runs everything and writes `RESULTS.md` with its plots.

use anyhow::Result;
use clap::Parser;
use evergrant_bench::report::{Machine, Measured};
use evergrant_bench::scenario::Scenario;
use evergrant_bench::{files, hot, scale, subjects};

/// Runs `tail`, `hot` and `scale` for all subjects, about twenty minutes, and writes RESULTS.md.
#[derive(Debug, Parser)]
struct Options {
    /// Writes the page and the plots anew from the figures of the last run.
    #[arg(long)]
    render: bool,
}

fn main() -> Result<()> {
    if Options::parse().render {
        return Measured::last()?.write();
    }
    files::allow_many()?;
    let subjects = subjects::all(None)?;
    eprintln!("the hot path");
    let hot = hot::all(&subjects)?;
    eprintln!("scale");
    let managers = [1, 1_000, 100_000]
        .into_iter()
        .map(scale::managers)
        .collect::<Result<_>>()?;
    let calls = scale::calls()?;
    let mut tail = Vec::new();
    for scenario in Scenario::ALL {
        for subject in &subjects {
            let row = subject.drive(scenario)?;
            eprintln!("{row}");
            tail.push(row.into());
        }
    }
    let measured = Measured {
        machine: Machine::here(),
        subjects: subjects
            .iter()
            .map(|subject| (subject.name.to_owned(), subject.version.clone()))
            .collect(),
        tail,
        hot,
        managers,
        calls,
    };
    measured.write()
}
