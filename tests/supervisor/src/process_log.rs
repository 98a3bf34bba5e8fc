//! Log files of processes, and their last lines for errors.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

const TAIL_LINES: usize = 25;

/// Appends the output of a command to a file, and sets an empty standard input.
pub(crate) fn log_output_to(command: &mut Command, log: &Path) -> io::Result<()> {
    let log = OpenOptions::new().create(true).append(true).open(log)?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Ok(())
}

/// Returns the last 25 lines of a file, or an empty string if it cannot be read.
pub(crate) fn log_tail(log: &Path) -> String {
    tail(&String::from_utf8_lossy(&fs::read(log).unwrap_or_default()))
}

/// Returns the last 25 lines of a text.
#[must_use]
pub fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_end_of_the_text() {
        let text: String = (0..100).map(|line| format!("{line}\n")).collect();
        let tail = tail(&text);
        assert_eq!(tail.lines().count(), TAIL_LINES);
        assert!(tail.starts_with("75\n") && tail.ends_with("\n99"));
        assert_eq!(log_tail(Path::new("/nowhere/log")), "");
    }
}
