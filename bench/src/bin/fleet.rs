//! `fleet`: many processes that share one token through a store, and what befalls them.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use evergrant_bench::files;
use evergrant_bench::fleet::{MEMBER, Options, run};

fn main() -> Result<ExitCode> {
    // This program is the fleet's processes too.
    if std::env::args().nth(1).as_deref() == Some(MEMBER) {
        fleet::member::run()?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = Options::parse();
    files::allow_many()?;
    let figures = run(&options)?;
    if options.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!("\n{figures}");
    }
    for broken in &figures.broken {
        eprintln!("not as promised: {broken}");
    }
    Ok(match figures.broken.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
