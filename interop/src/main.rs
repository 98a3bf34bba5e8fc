//! `cargo run -p interop`: see `--help`.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use interop::{Layout, Options, USAGE};
use tokio::signal::unix::{SignalKind, signal};

/// One thread, for the kernel ends a server together with the thread that started it.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "interop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode> {
    let mut out = std::io::stdout();
    let Some(options) = Options::parse(std::env::args_os().skip(1))? else {
        writeln!(out, "{USAGE}")?;
        return Ok(ExitCode::SUCCESS);
    };
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    // Whichever way this ends, the servers end with it.
    let report = tokio::select! {
        report = interop::run(&options) => report?,
        _ = interrupted.recv() => return Ok(ExitCode::from(130)),
        _ = terminated.recv() => return Ok(ExitCode::from(143)),
        _ = hung_up.recv() => return Ok(ExitCode::from(129)),
    };
    match options.layout {
        Layout::Table => write!(out, "{report}")?,
        Layout::Json => writeln!(out, "{}", report.json())?,
    }
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
