//! Standard output, for results only. A reader that closes the pipe early is not an error.

#[cfg(feature = "demo")]
use std::io::IsTerminal as _;
use std::io::{ErrorKind, StdoutLock, Write as _};

use crate::failure::{Failure, local};

/// Writes to standard output and flushes it.
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

/// Whether the output may have colours (<https://no-color.org>).
pub(crate) fn use_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether standard output is a terminal that can redraw lines.
#[cfg(feature = "demo")]
pub(crate) fn is_interactive() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !dumb
}
