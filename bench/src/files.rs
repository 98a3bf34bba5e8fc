//! How many files and sockets a process may have open.

use anyhow::{Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for one connection a caller, at both ends, in the largest scenario.
const NEEDED: u64 = 20_000;

/// Raises this process's limit, which its children inherit.
///
/// # Errors
/// When the system does not allow as many.
pub fn allow_many() -> Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= NEEDED) {
        return Ok(());
    }
    if maximum.is_some_and(|maximum| maximum < NEEDED) {
        bail!(
            "{NEEDED} open files are needed, and the hard limit is lower; raise it, for instance with `ulimit -Hn {NEEDED}`"
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
