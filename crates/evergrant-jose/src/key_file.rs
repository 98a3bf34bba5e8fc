//! A private key in a file that is read again when it changes, with its certificate.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use evergrant::{Secret, SecretFile};

use crate::algorithm::Algorithm;
use crate::certificate::Certificate;
use crate::error::{KeyError, KeyErrorKind};
use crate::key::PrivateKey;

/// For how long the previous key is tried after the server has rejected the new one, which it may not know yet.
const PREVIOUS_KEY: Duration = Duration::from_secs(3600);

/// A file with a private key, as PEM or JWK, and optionally a file with its certificate. Both files are read before
/// each token request, so that a changed key is used without a restart. A path converts to a `KeyFile`.
///
/// - While a changed file cannot be used, for instance because it is still being written, the last usable key stays in
///   use, and the event `evergrant.key_file_ignored` contains the reason.
/// - If the authorization server rejects the new key, the previous key is tried too, for one hour after the change.
/// - If other users of the machine can read the key, the event `evergrant.secret_file_exposed` is emitted.
///
/// ```
/// use evergrant_jose::{Algorithm, KeyFile, PrivateKeyJwt};
///
/// let file = KeyFile::new("/run/secrets/client-key.pem")
///     .algorithm(Algorithm::Ps256)
///     .certificate("/run/secrets/client-certificate.pem");
/// let auth = PrivateKeyJwt::from_file(file);
/// ```
#[derive(Debug, Clone)]
pub struct KeyFile {
    key: SecretFile,
    certificate: Option<SecretFile>,
    algorithm: Option<Algorithm>,
}

impl KeyFile {
    /// Creates a reference to the key file at `path`. The file is PEM (PKCS#8, PKCS#1 or SEC 1) or a JWK, of at most 64
    /// KiB. It is first read when the token manager is built.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            key: SecretFile::new(path),
            certificate: None,
            algorithm: None,
        }
    }

    /// Sets the signature algorithm of the key in this file. The default is the `alg` of the JWK. Without `alg`, it is
    /// RS256 for an RSA key, the algorithm of the curve for an EC key (such as ES256 for P-256), and EdDSA for an
    /// Ed25519 key.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Sets the file with the key's certificate in PEM, for the JWS headers `x5t`, `x5t#S256` and `x5c`. The key and
    /// the certificate can be in the same file.
    #[must_use]
    pub fn certificate(mut self, path: impl Into<PathBuf>) -> Self {
        self.certificate = Some(SecretFile::new(path));
        self
    }

    fn read(&self) -> Result<Texts, KeyError> {
        let read = |file: &SecretFile| {
            file.read().map_err(|error| {
                let problem = format!("{error}; check the path, and that this user can read the file");
                KeyError::new(KeyErrorKind::Unreadable, problem)
            })
        };
        Ok(Texts {
            key: read(&self.key)?,
            certificate: self.certificate.as_ref().map(read).transpose()?,
        })
    }

    fn parse(&self, texts: &Texts) -> Result<FileKey, KeyError> {
        let shown = format!("the key file `{}`", self.key.path().display());
        let mut key = PrivateKey::parse(texts.key.expose()).map_err(|error| error.of(&shown))?;
        if let Some(algorithm) = self.algorithm {
            key = key.with_algorithm(algorithm).map_err(|error| error.of(&shown))?;
        }
        let certificate = match (&texts.certificate, &self.certificate) {
            (Some(text), Some(file)) => {
                let shown = format!("the certificate file `{}`", file.path().display());
                let certificate = Certificate::from_pem(text.expose());
                let checked = certificate.and_then(|certificate| certificate.check_key(&key).map(|()| certificate));
                Some(checked.map_err(|error| error.of(&shown))?)
            }
            _ => None,
        };
        Ok(FileKey { key, certificate })
    }

    /// Warns if other users can read the key.
    fn check_mode(&self) {
        let is_exposed = File::open(self.key.path()).and_then(|file| SecretFile::is_open_to_others(&file));
        if matches!(is_exposed, Ok(true)) {
            tracing::warn!(
                name: "evergrant.secret_file_exposed",
                target: "evergrant",
                file = %self.key.path().display(),
                "the key file `{}` can be read by other users of this machine; chmod 600 it",
                self.key.path().display()
            );
        }
    }
}

impl<P: AsRef<Path>> From<P> for KeyFile {
    fn from(path: P) -> Self {
        Self::new(path.as_ref())
    }
}

/// The contents of the files.
struct Texts {
    key: Secret,
    certificate: Option<Secret>,
}

impl Texts {
    /// Identifies the contents, so that they need not stay in memory.
    fn digest(&self) -> [u8; 64] {
        let mut both = [0; 64];
        let (key, certificate) = both.split_at_mut(32);
        key.copy_from_slice(digest(&SHA256, self.key.expose().as_bytes()).as_ref());
        if let Some(text) = &self.certificate {
            certificate.copy_from_slice(digest(&SHA256, text.expose().as_bytes()).as_ref());
        }
        both
    }
}

/// A key and its certificate.
#[derive(Debug)]
pub(crate) struct FileKey {
    pub(crate) key: PrivateKey,
    pub(crate) certificate: Option<Certificate>,
}

/// The keys to try, the current one first.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) current: Arc<FileKey>,
    pub(crate) previous: Option<Arc<FileKey>>,
}

/// The files, and what was last read from them.
#[derive(Debug)]
pub(crate) struct LoadedKeyFile {
    file: KeyFile,
    state: Mutex<Option<State>>,
}

#[derive(Debug)]
struct State {
    digest: [u8; 64],
    keys: Keys,
    changed_at: SystemTime,
    /// The problem that was reported last.
    reported: Option<KeyError>,
}

impl LoadedKeyFile {
    pub(crate) fn new(file: KeyFile) -> Self {
        Self {
            file,
            state: Mutex::default(),
        }
    }

    /// Reads the files, and returns the keys to try. After the first time, files that cannot be used are ignored.
    pub(crate) fn load(&self, now: SystemTime) -> Result<Keys, KeyError> {
        let mut state = self.lock();
        match (self.file.read(), &mut *state) {
            (Ok(texts), Some(last)) if texts.digest() == last.digest => last.reported = None,
            (Ok(texts), last) => match (self.file.parse(&texts), last) {
                (Ok(key), last) => self.install(last, key, texts.digest(), now),
                (Err(error), Some(last)) => self.ignore(last, error),
                (Err(error), None) => return Err(error),
            },
            (Err(error), Some(last)) => self.ignore(last, error),
            (Err(error), None) => return Err(error),
        }
        let Some(state) = &mut *state else {
            return Err(KeyError::new(KeyErrorKind::Unreadable, "the key file was not read"));
        };
        // A clock that was set back does not extend the time.
        let age = now.duration_since(state.changed_at);
        if !age.is_ok_and(|age| age < PREVIOUS_KEY) {
            state.keys.previous = None;
        }
        Ok(state.keys.clone())
    }

    /// Returns the current key: the one that was last read, or the file's if it was not read yet.
    pub(crate) fn current(&self) -> Result<Arc<FileKey>, KeyError> {
        if let Some(state) = &*self.lock() {
            return Ok(Arc::clone(&state.keys.current));
        }
        // There is no previous key yet, so the time does not matter.
        Ok(self.load(SystemTime::UNIX_EPOCH)?.current)
    }

    fn install(&self, state: &mut Option<State>, key: FileKey, digest: [u8; 64], now: SystemTime) {
        self.file.check_mode();
        let thumbprint = key.key.thumbprint().to_owned();
        let mut keys = Keys {
            current: Arc::new(key),
            previous: None,
        };
        let mut changed_at = now;
        if let Some(last) = state.take() {
            let is_same = last.keys.current.key.thumbprint() == thumbprint;
            tracing::debug!(
                name: "evergrant.key_file_changed",
                target: "evergrant",
                file = %self.file.key.path().display(),
                thumbprint,
                "the key file has changed"
            );
            // A new certificate, or another algorithm, for the same key.
            (keys.previous, changed_at) = match is_same {
                true => (last.keys.previous, last.changed_at),
                false => (Some(last.keys.current), now),
            };
        }
        *state = Some(State {
            digest,
            keys,
            changed_at,
            reported: None,
        });
    }

    /// Reports a problem with the file, once.
    fn ignore(&self, state: &mut State, error: KeyError) {
        if state.reported.as_ref() == Some(&error) {
            return;
        }
        tracing::warn!(
            name: "evergrant.key_file_ignored",
            target: "evergrant",
            file = %self.file.key.path().display(),
            problem = %error,
            "a changed key file cannot be used, and the last key stays in use: {error}"
        );
        state.reported = Some(error);
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
