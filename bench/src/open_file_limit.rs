//! The process's limit of open files and sockets.

use anyhow::{Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files needed by the largest scenario: both ends of one connection per caller.
const NEEDED: u64 = 20_000;

/// Raises the limit of this process and its children.
///
/// # Errors
/// Returns an error if the system's hard limit is too low.
pub fn raise_limit() -> Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= NEEDED) {
        return Ok(());
    }
    if maximum.is_some_and(|maximum| maximum < NEEDED) {
        bail!(
            "the benchmark needs {NEEDED} open files, but the hard limit is lower; raise it, for example with `ulimit -Hn {NEEDED}`"
        );
    }
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(NEEDED),
            maximum,
        },
    )?;
    Ok(())
}
