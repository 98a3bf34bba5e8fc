//! A token in a file that only its owner can read.

use std::fs;
use std::io::{Error, ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};

use crate::Token;

/// A file that stores one token, including its secrets, for one program. If several processes share a token, use a
/// store of `evergrant-store` instead.
///
/// On Unix, only the owner can access the file: each write sets its mode to 0600. The file is replaced atomically:
/// after a crash, it has either its old or its new content.
///
/// ```
/// use evergrant::{Token, TokenFile};
///
/// # let path = std::env::temp_dir().join(format!("evergrant-token-{}.json", std::process::id()));
/// let file = TokenFile::new(&path);
/// assert!(file.load()?.is_none());
/// file.save(&Token::new("not-a-real-token"))?;
/// assert!(file.load()?.is_some());
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TokenFile {
    path: PathBuf,
}

impl TokenFile {
    /// Creates a handle to the token file at `path`. The file need not exist, but its folder must exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Reads the token from the file. Returns `None` if the file does not exist.
    ///
    /// # Errors
    /// An I/O error if the file cannot be read, or if it does not contain a stored token ([`ErrorKind::InvalidData`]).
    pub fn load(&self) -> Result<Option<Token>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Token::from_json(&text)
                .map(Some)
                .map_err(|problem| Error::new(ErrorKind::InvalidData, problem)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the token to the file, in place of any earlier token.
    ///
    /// # Errors
    /// An I/O error if the file cannot be written, for example because the folder is not writable. The existing file is
    /// then unchanged.
    pub fn save(&self, token: &Token) -> Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // Only the owner can read the temporary file. It is removed if a step fails.
        let mut file = tempfile::Builder::new()
            .prefix(".evergrant-")
            .suffix(".new")
            .tempfile_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(token.expose_json().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}
