//! A small file with a secret that another program writes, such as a key or an assertion.

use std::fs::{self, File};
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::Secret;

/// Maximum size of the file, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// A small file with a secret, such as a private key or a token of the platform, which another program writes and may
/// replace. The file is read as a whole. Symbolic links are followed, because Kubernetes replaces files through them.
///
/// ```
/// use evergrant::SecretFile;
///
/// # let path = std::env::temp_dir().join(format!("evergrant-secret-{}", std::process::id()));
/// # std::fs::write(&path, "not-a-real-secret\n")?;
/// let file = SecretFile::new(&path);
/// assert_eq!(file.read()?.expose(), "not-a-real-secret\n");
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SecretFile {
    path: PathBuf,
}

impl SecretFile {
    /// Creates a handle to the file at `path`. Reads nothing yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the whole file, which must be UTF-8 text of at most 64 KiB.
    ///
    /// # Errors
    /// The error of the operating system, with the path. [`ErrorKind::InvalidData`] if the file is not a regular file,
    /// too large, or not UTF-8.
    pub fn read(&self) -> Result<Secret> {
        // Before it is opened, because opening a pipe waits for a writer.
        let metadata = fs::metadata(&self.path).map_err(|error| self.unreadable(&error))?;
        if !metadata.is_file() {
            return Err(self.invalid("is not a regular file"));
        }
        if metadata.len() > MAX_BYTES {
            return Err(self.invalid("is larger than 64 KiB"));
        }
        let file = File::open(&self.path).map_err(|error| self.unreadable(&error))?;
        // Large enough: a buffer that grows would leave copies of the secret in memory.
        let size = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
        let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
        let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.unreadable(&error))?;
        if bytes.len() > size {
            return Err(self.invalid("is larger than 64 KiB"));
        }
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Ok(Secret::new(text)),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(self.invalid("is not text in UTF-8"))
            }
        }
    }

    /// Returns whether users other than the owner can access `file`, judging by its mode. For use on Unix; on other
    /// systems, files have no mode, and the result is `false`.
    ///
    /// # Errors
    /// The error of the operating system.
    #[cfg(unix)]
    pub fn is_open_to_others(file: &File) -> Result<bool> {
        use std::os::unix::fs::PermissionsExt as _;

        let metadata = file.metadata()?;
        Ok(metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
    }

    /// Returns `false`, because files of this system have no mode. On Unix, returns whether users other than the owner
    /// can access `file`.
    ///
    /// # Errors
    /// The error of the operating system.
    #[cfg(not(unix))]
    pub fn is_open_to_others(file: &File) -> Result<bool> {
        file.metadata().map(|_| false)
    }

    fn unreadable(&self, error: &Error) -> Error {
        Error::new(error.kind(), format!("cannot read `{}`: {error}", self.path.display()))
    }

    fn invalid(&self, problem: &str) -> Error {
        Error::new(ErrorKind::InvalidData, format!("`{}` {problem}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_bounded_and_the_content_is_text() {
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::new(folder.path().join("secret"));
        assert_eq!(file.read().unwrap_err().kind(), ErrorKind::NotFound);
        for (content, problem) in [
            (vec![b'x'; 64 * 1024], None),
            (vec![b'x'; 64 * 1024 + 1], Some("larger than 64 KiB")),
            (vec![0xFF], Some("not text")),
        ] {
            fs::write(file.path(), &content).unwrap();
            match (file.read(), problem) {
                (Ok(secret), None) => assert_eq!(secret.expose().len(), content.len()),
                (Err(error), Some(problem)) => assert!(error.to_string().contains(problem), "{error}"),
                (outcome, _) => panic!("{outcome:?}"),
            }
        }
        let error = SecretFile::new(folder.path()).read().unwrap_err();
        assert!(error.to_string().contains("not a regular file"), "{error}");
    }
}
