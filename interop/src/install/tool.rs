//! Tools of others: asked for their version, or run with their output in a log that is shown only if they fail.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

const LOG_TAIL_LINES: usize = 20;

/// Says on standard error what is about to happen.
pub fn announce(what: &str) {
    // Where nobody reads it, it need not be said.
    let _ = writeln!(std::io::stderr(), "interop: {what}");
}

/// What the command prints, on one line, if it is there and succeeds.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Runs the command to its end, its output going to the log.
///
/// # Errors
/// A tool that is not there, or that fails: with the end of its output.
pub fn run(command: &mut Command, log: &Path) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(log)?;
    writeln!(file, "\n$ {command:?}")?;
    let start = file.seek(SeekFrom::End(0))?;
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file.try_clone()?);
    let program = command.get_program().to_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    if status.success() {
        return Ok(());
    }
    let tail = tail(file, start).unwrap_or_default();
    bail!(
        "{} failed ({status}):\n{tail}\n(the whole log is {})",
        program.display(),
        log.display()
    );
}

fn tail(mut log: File, start: u64) -> Result<String> {
    log.seek(SeekFrom::Start(start))?;
    let mut text = Vec::new();
    log.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n"))
}
