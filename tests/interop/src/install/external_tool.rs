//! Runs external tools. Their output goes to a log, which is shown if they fail.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Prints a progress message on standard error.
pub fn announce(message: &str) {
    // Errors are ignored: there is no other place to report them.
    let _ = writeln!(std::io::stderr(), "interop: {message}");
}

/// Returns the trimmed output of the command if it exists and succeeds.
pub fn try_output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Runs the command with its output in the log.
///
/// # Errors
/// The tool is missing or fails; the error has the end of its output.
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
        "{} failed ({status}):\n{tail}\n(full log: {})",
        program.display(),
        log.display()
    );
}

fn tail(mut log: File, start: u64) -> Result<String> {
    log.seek(SeekFrom::Start(start))?;
    let mut text = Vec::new();
    log.read_to_end(&mut text)?;
    Ok(supervisor::tail(&String::from_utf8_lossy(&text)))
}
