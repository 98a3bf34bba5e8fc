//! Temporary folders and files, accessible by the current user only.

use std::fs::{OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

/// Creates an empty folder whose name contains `name`. Dropping it removes it.
///
/// # Errors
/// The folder cannot be created.
pub fn temporary_folder(name: &str) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    let folder = builder
        .prefix(&format!("evergrant-{name}-"))
        .permissions(Permissions::from_mode(0o700))
        .tempdir();
    folder.with_context(|| format!("cannot create a temporary folder for {name}"))
}

/// Creates a file with this text, which may be secret.
///
/// # Errors
/// The file exists or cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folders_and_files_are_private_and_removed_on_drop() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = temporary_folder("supervisor").unwrap();
        let file = folder.path().join("file");
        write_private(&file, "text").unwrap();
        assert_eq!((mode(folder.path()), mode(&file)), (0o700, 0o600));
        assert!(write_private(&file, "other").is_err());
        drop(folder);
        assert!(!file.exists());
    }
}
