//! A token in a file of its own, for its owner alone.

use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{Error, ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};

use crate::Token;

/// Keeps a token, secrets included, in a file for one program. Processes that share tokens use a store (`evergrant-store`).
///
/// On Unix the file's mode is 0600, whatever the mode of the file that it replaces: that file was perhaps written by another
/// program. A file is replaced as a whole, so that a crash leaves the old one or the new one.
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
    /// A file that need not be there yet. Its folder must be.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Reads the token; `None` when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, or is no stored token ([`ErrorKind::InvalidData`]).
    pub fn load(&self) -> Result<Option<Token>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Token::from_json(&text)
                .map(Some)
                .map_err(|problem| Error::new(ErrorKind::InvalidData, problem)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the token in place of the one that was there.
    ///
    /// # Errors
    /// When the folder cannot be written to. The file is as it was then.
    pub fn save(&self, token: &Token) -> Result<()> {
        let pending = self.pending();
        let saved = write(&pending, token).and_then(|()| fs::rename(&pending, &self.path));
        if saved.is_err() {
            let _ = fs::remove_file(&pending);
        }
        saved
    }

    /// A name that no other process and no other thread writes to.
    fn pending(&self) -> PathBuf {
        let random = RandomState::new().build_hasher().finish();
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{random:016x}.new"));
        name.into()
    }
}

fn write(path: &Path, token: &Token) -> Result<()> {
    let mut options = OpenOptions::new();
    // Somebody else's file, or a link, is not written to.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(token.expose_json().as_bytes())?;
    file.sync_all()
}
