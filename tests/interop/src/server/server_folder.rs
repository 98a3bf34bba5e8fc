//! The content of a server's temporary folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::Result;

use super::{Platform, Server};
use crate::install::Installation;

/// Copies the server's script into its folder.
pub(super) fn fill(folder: &Path, server: &Server, installation: &Installation) -> Result<()> {
    for file in fs::read_dir(installation.sources.join(server.name))? {
        let file = file?;
        fs::copy(file.path(), folder.join(file.file_name()))?;
    }
    if server.platform == Platform::Node {
        // Node.js resolves modules relative to the script.
        symlink(&installation.node_modules, folder.join("node_modules"))?;
    }
    Ok(())
}
