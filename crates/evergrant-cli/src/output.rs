//! Standard output, which carries results and nothing else; a reader who leaves early is no error.

use std::io::{ErrorKind, IsTerminal as _, StdoutLock, Write as _};

use crate::failure::{Failure, local};

/// Writes to standard output, and sees that it arrives.
pub(crate) fn write(text: impl FnOnce(&mut StdoutLock<'_>) -> std::io::Result<()>) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    text(&mut stdout)
        .and_then(|()| stdout.flush())
        .map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => local("cannot write to standard output", error),
        })
}

/// Writes one line to standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    write(|stdout| writeln!(stdout, "{text}"))
}

/// Whether colours are wanted (<https://no-color.org>).
pub(crate) fn colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether somebody is watching standard output on a screen that can redraw itself.
pub(crate) fn is_live() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !dumb
}
