//! What the servers need, installed once into a folder of its own and found again the next time.

pub mod debian;
pub mod node;
pub mod python;
pub mod stamp;
pub mod tool;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rustix::fs::{FlockOperation, flock};

use crate::server::{PROXY_PACKAGES, Platform, Server};

/// Where everything is that the servers need.
#[derive(Debug)]
pub(crate) struct Installation {
    /// Our scripts, one folder a server.
    pub(crate) sources: PathBuf,
    /// Node.js.
    pub(crate) node: PathBuf,
    /// The packages for Node.js.
    pub(crate) node_modules: PathBuf,
    /// The virtual environment's Python.
    pub(crate) python: PathBuf,
}

impl Installation {
    /// Installs what is missing for these servers, and says so on standard error.
    ///
    /// # Errors
    /// What cannot be installed, with the command to install it by hand where there is one.
    pub(crate) fn for_servers(servers: &[&Server]) -> Result<Self> {
        let interop = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sources = interop.join("servers");
        let folder = match std::env::var_os("EVERGRANT_INTEROP_DIR") {
            Some(folder) if !folder.is_empty() => std::path::absolute(folder)?,
            _ => interop.join(".installed"),
        };
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let _one_at_a_time = lock(&folder)?;

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

/// Two suites may be started at once; the second one waits, and finds everything there.
///
/// # Errors
/// A folder that cannot be written to.
pub fn lock(folder: &Path) -> Result<File> {
    let lock = File::create(folder.join("lock"))?;
    flock(&lock, FlockOperation::LockExclusive)?;
    Ok(lock)
}
