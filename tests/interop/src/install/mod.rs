//! Installs the dependencies of the servers once into a folder, and reuses them.

pub mod debian;
pub mod external_tool;
pub mod installed_versions;
pub mod node;
pub mod python;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::server::{PROXY_PACKAGES, Platform, Server};

/// The paths of the servers' dependencies.
#[derive(Debug)]
pub(crate) struct Installation {
    /// The servers' scripts, one folder per server.
    pub(crate) sources: PathBuf,
    /// The Node.js executable.
    pub(crate) node: PathBuf,
    /// The installed npm packages.
    pub(crate) node_modules: PathBuf,
    /// The virtual environment's Python.
    pub(crate) python: PathBuf,
}

impl Installation {
    /// Installs missing dependencies of these servers, and logs that on standard error.
    ///
    /// # Errors
    /// A dependency cannot be installed; the error has the command for a manual installation, if there is one.
    pub(crate) fn for_servers(servers: &[&Server]) -> Result<Self> {
        let interop = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sources = interop.join("servers");
        let folder = match std::env::var_os("EVERGRANT_INTEROP_DIR") {
            Some(folder) if !folder.is_empty() => std::path::absolute(folder)?,
            _ => interop.join(".installed"),
        };
        fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
        let _lock = lock(&folder)?;

        let needs = |platform| servers.iter().any(|server| server.platform == platform);
        let browser = servers.iter().any(|server| server.authorization_path.is_some());
        let proxies: &[&str] = match servers.iter().any(|server| server.proxies) {
            true => &PROXY_PACKAGES,
            false => &[],
        };
        let log = folder.join("install.log");
        debian::install(&debian::missing_for(&needs, browser, proxies), &log)?;
        let mut installation = Self {
            node: PathBuf::from("node"),
            node_modules: folder.join("node/node_modules"),
            python: folder.join("python/bin/python"),
            sources,
        };
        if needs(Platform::Node) {
            installation.node = node::install(&installation.sources, &folder, &log)?;
        }
        if needs(Platform::Python) {
            python::install(&installation.sources, &folder, &log)?;
        }
        Ok(installation)
    }
}

/// Locks the folder, so that concurrent runs install one after the other.
///
/// # Errors
/// The folder cannot be written.
pub fn lock(folder: &Path) -> Result<File> {
    let lock = File::create(folder.join("lock"))?;
    lock.lock()?;
    Ok(lock)
}
