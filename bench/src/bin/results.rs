//! `results`: runs all benchmarks and writes `RESULTS.md` with its plots.

use anyhow::Result;
use clap::{Parser, ValueEnum};
use evergrant_bench::all_measured_libraries::AnySubject;
use evergrant_bench::cpu_instructions::{self, WORKER, api_server};
use evergrant_bench::report::{Machine, Results, TailResult};
use evergrant_bench::scenario_names::Scenario;
use evergrant_bench::{all_measured_libraries, cli_run_time, hot_path, many_managers, open_file_limit};

/// Runs all benchmarks for all subjects (about 25 minutes) and writes RESULTS.md.
#[derive(Debug, Parser)]
struct Options {
    /// Write RESULTS.md and the plots from the figures of the last run, without running benchmarks.
    #[arg(long)]
    render: bool,
    /// Run only these benchmarks (comma-separated), and keep the other figures of the last run.
    #[arg(long, value_delimiter = ',', conflicts_with = "render")]
    only: Vec<Benchmark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Benchmark {
    Hot,
    Scale,
    Instructions,
    Program,
    Tail,
}

fn main() -> Result<()> {
    // This program also runs under valgrind and as the API.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(WORKER) => return cpu_instructions::run_worker(&arguments[1..]),
        Some(api_server::SERVER) => return api_server::serve(),
        _ => {}
    }
    let options = Options::parse();
    if options.render {
        return Results::load()?.write();
    }
    open_file_limit::raise_limit()?;
    let mut results = match options.only.as_slice() {
        [] => Results::new(Machine::detect()),
        _ => Results::load()?,
    };
    let benchmarks = match options.only.as_slice() {
        [] => Benchmark::value_variants(),
        only => only,
    };
    let subjects = match benchmarks.iter().any(|benchmark| benchmark.has_subjects()) {
        true => all_measured_libraries::all(None)?,
        false => Vec::new(),
    };
    for benchmark in benchmarks {
        eprintln!("{benchmark:?}");
        benchmark.run(&subjects, &mut results)?;
    }
    results.write()
}

impl Benchmark {
    fn has_subjects(self) -> bool {
        matches!(self, Self::Hot | Self::Tail)
    }

    fn run(self, subjects: &[AnySubject], results: &mut Results) -> Result<()> {
        match self {
            Self::Hot => results.hot = hot_path::all(subjects)?,
            Self::Scale => {
                let managers = [1, 1_000, 100_000].into_iter().map(many_managers::managers);
                results.managers = managers.collect::<Result<_>>()?;
                results.calls = many_managers::calls()?;
            }
            Self::Instructions => results.instructions = Some(cpu_instructions::all()?),
            Self::Program => results.program = cli_run_time::all(&cli_run_time::build()?, cli_run_time::RUNS.into())?,
            Self::Tail => results.tail = tail(subjects)?,
        }
        if self.has_subjects() {
            let versions = subjects
                .iter()
                .map(|subject| (subject.name.to_owned(), subject.version.clone()));
            results.subjects = versions.collect();
        }
        Ok(())
    }
}

fn tail(subjects: &[AnySubject]) -> Result<Vec<TailResult>> {
    let mut results = Vec::new();
    for scenario in Scenario::ALL {
        for subject in subjects {
            let row = subject.run(scenario)?;
            eprintln!("{row}");
            results.push(row.into());
        }
    }
    Ok(results)
}
