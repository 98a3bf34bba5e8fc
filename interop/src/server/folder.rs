//! The temporary folder that a server runs in: its script, its log, its database.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::iter;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{Platform, Server};
use crate::install::Installation;
use crate::options::Aftermath;

/// Removed when dropped, unless it is to be kept.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    aftermath: Aftermath,
}

impl Folder {
    /// A new, private folder with the server's script in it.
    pub(crate) fn new(server: &Server, installation: &Installation, aftermath: Aftermath) -> Result<Self> {
        let path = fresh(&format!("evergrant-interop-{}-{}", std::process::id(), server.name))?;
        let folder = Self { path, aftermath };
        for file in fs::read_dir(installation.sources.join(server.name))? {
            let file = file?;
            fs::copy(file.path(), folder.path.join(file.file_name()))?;
        }
        if server.platform == Platform::Node {
            // Modules are looked up from the script's own place.
            symlink(&installation.node_modules, folder.path.join("node_modules"))?;
        }
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the server writes what it has to say.
    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("server.log")
    }

    /// Leaves the folder in place, for a look at the log.
    pub(crate) fn keep(&mut self) {
        self.aftermath = Aftermath::Keep;
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.aftermath == Aftermath::Stop {
            // What cannot be removed stays in the temporary folder, where it harms nobody.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Makes a folder that nobody but us can look into, and that was not there before.
fn fresh(name: &str) -> Result<PathBuf> {
    let temporary = std::env::temp_dir();
    let mut names = iter::once(name.to_owned()).chain((1..100).map(|count| format!("{name}-{count}")));
    loop {
        let path = temporary.join(names.next().context("too many folders of earlier runs")?);
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot make the folder {}", path.display())),
        }
    }
}
