//! The key ring: the keys that encrypt tokens in a store, and their rotation.

mod cipher;
mod keys;
mod source;

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use evergrant::Secret;
use evergrant::error::BoxError;
use evergrant::store::{Seal, SealError};

use self::keys::{Key, Keys};
use self::source::{KeySource, Origin, Requirement, SourceError};
use crate::error::StoreBuildError;
use crate::secure_file;

/// The keys that encrypt tokens and authenticate records in a store. Cloning is cheap; clones share the keys.
///
/// # Format
/// The text of a key ring is a list of keys, separated by whitespace or commas. Each key is written as `name:base64`: a
/// name of up to 32 letters, digits, `-` and `_`, and 32 random bytes in base64. The first key encrypts; all keys
/// decrypt. [`new_key`](Self::new_key) creates a key, and so does the command `echo "2026-01:$(openssl rand -base64
/// 32)"`.
///
/// # Algorithm and nonces
/// The algorithm is XChaCha20-Poly1305, with a random nonce of 24 bytes from the operating system for each encryption.
/// After 2^64 writes with one key, two nonces are equal with a probability of 2^-65. Nonces are therefore no reason to
/// rotate keys, and processes share nothing but the keys. The associated data of a token is the store key of its
/// record, its generation and its times, so that a token that is moved to another record cannot be decrypted there. An
/// encrypted token is written as `name.base64url(nonce, ciphertext, tag)`; the name of the encryption key is not
/// secret.
///
/// Each write also authenticates the whole record, by encrypting an empty text whose associated data is the store key
/// of the record and the bytes of the record. The result is the last member of the record, `~tag`. A record with a
/// wrong tag is ignored.
///
/// # Rotation
/// 1. Append the new key to the key ring of every process. Every process can then decrypt with it.
/// 2. Move the new key to the front of the key ring of every process. From then on, it encrypts.
/// 3. Remove the old key when no record uses it. The command `evergrant store status` shows the names of the keys in
///    use.
///
/// Processes that read keys from a file or a provider need no restart. They read the keys again when a record refers to
/// an unknown key (at most once in 5 seconds), and after an encryption with keys that were read more than 5 minutes
/// ago. Until then, they use the keys that they have read before. If a key for a stored token is missing, a new token
/// is fetched and a warning is logged; calls do not fail.
///
/// ```
/// use evergrant::store::Seal;
/// use evergrant_store::KeyRing;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let old = KeyRing::new_key("2025-07")?;
/// let new = KeyRing::new_key("2026-01")?;
/// let before = KeyRing::parse(old.expose())?;
/// let after = KeyRing::parse(&format!("{} {}", new.expose(), old.expose()))?;
///
/// let sealed = before.seal(b"a record", &"not-a-real-token".into()).await?;
/// assert!(sealed.starts_with("2025-07."));
/// assert_eq!(after.open(b"a record", &sealed).await?.expose(), "not-a-real-token");
/// assert!(after.open(b"another record", &sealed).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KeyRing(Arc<KeySource>);

impl KeyRing {
    /// Parses the text of a key ring.
    ///
    /// # Errors
    /// Returns [`StoreBuildError::InvalidKeyRing`] if the text is invalid.
    pub fn parse(text: &str) -> Result<Self, StoreBuildError> {
        Self::of(Origin::Text, Keys::parse(text))
    }

    /// Reads a key ring from the environment variable `name`. The variable is read only once.
    ///
    /// # Errors
    /// Returns [`StoreBuildError::InvalidKeyRing`] if the variable is not set or invalid.
    pub fn from_env(name: &str) -> Result<Self, StoreBuildError> {
        let keys = match std::env::var(name) {
            Ok(text) => Keys::parse(Secret::new(text).expose()),
            Err(std::env::VarError::NotPresent) => {
                Err("it is not set; set it to the text of the keys (`evergrant store new-key` prints a key)".to_owned())
            }
            Err(std::env::VarError::NotUnicode(_)) => Err("it is not UTF-8".to_owned()),
        };
        Self::of(Origin::Variable(name.to_owned()), keys)
    }

    /// Reads a key ring from a file. The file is read now, and again during a [rotation](Self#rotation). On Unix, only
    /// this user may have access to the file (`chmod 600`), and the file must not be a symbolic link. If a platform
    /// mounts secrets as links, read them with [`from_provider`](Self::from_provider).
    ///
    /// # Errors
    /// Returns [`StoreBuildError::InvalidKeyRing`] if the file cannot be read or is invalid.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, StoreBuildError> {
        let path = path.as_ref();
        // The file is read again later, and the working directory may change.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let keys = match secure_file::read(&path) {
            Ok(Some(text)) => Keys::parse(text.expose()),
            Ok(None) => Err("there is no such file; create it with the output of `evergrant store new-key`".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        Self::of(Origin::File(path), keys)
    }

    /// Creates a key ring whose keys come from the function `provider`, for example one that reads a secrets manager.
    /// The provider returns the text of the key ring. It is called before the first encryption or decryption, and again
    /// during a [rotation](Self#rotation). A call of the provider fails if it takes longer than 5 seconds. After a
    /// failure, the provider is not called again for 5 seconds. The text of the provider's errors appears in logs.
    ///
    /// ```
    /// use evergrant::Secret;
    /// use evergrant_store::KeyRing;
    ///
    /// async fn read_secret(name: &str) -> Result<Secret, std::io::Error> {
    ///     // Read the secrets manager here.
    /// #   Err(std::io::Error::other(name.to_owned()))
    /// }
    /// let keys = KeyRing::from_provider(async || read_secret("evergrant-keys").await);
    /// ```
    pub fn from_provider<F, Fut, E>(provider: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Secret, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let provider = move || -> evergrant::runtime::BoxFuture<'static, Result<Secret, BoxError>> {
            let keys = provider();
            Box::pin(async move { keys.await.map_err(Into::into) })
        };
        Self(Arc::new(KeySource::new(Origin::Provider(Box::new(provider)), None)))
    }

    /// Creates a key with this name and 32 random bytes from the operating system, and returns its text, `name:base64`.
    ///
    /// # Errors
    /// Returns [`StoreBuildError::InvalidKeyRing`] if the name is invalid or the system cannot provide random bytes.
    pub fn new_key(name: &str) -> Result<Secret, StoreBuildError> {
        match Key::random(name) {
            Ok(key) => Ok(key.text()),
            Err(problem) => Err(StoreBuildError::InvalidKeyRing {
                origin: "with the new key".to_owned(),
                problem,
            }),
        }
    }

    fn of(origin: Origin, keys: Result<Keys, String>) -> Result<Self, StoreBuildError> {
        match keys {
            Ok(keys) => Ok(Self(Arc::new(KeySource::new(origin, Some(keys))))),
            Err(problem) => Err(invalid(&origin, problem)),
        }
    }
}

impl Seal for KeyRing {
    async fn seal(&self, identity: &[u8], text: &Secret) -> Result<String, SealError> {
        let keys = self.0.keys(Requirement::Any).await.map_err(unavailable)?;
        self.0.refresh_if_old();
        cipher::seal(keys.first(), identity, text)
    }

    async fn open(&self, identity: &[u8], sealed: &str) -> Result<Secret, SealError> {
        let (name, body) = cipher::split(sealed)?;
        let keys = self.0.keys(Requirement::Named(name)).await.map_err(unavailable)?;
        let key = keys
            .get(name)
            .ok_or_else(|| SealError::UnknownKey { name: name.to_owned() })?;
        cipher::open(key, identity, body)
    }
}

/// Shows the names of the keys only.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn invalid(origin: &Origin, problem: String) -> StoreBuildError {
    let origin = origin.to_string();
    StoreBuildError::InvalidKeyRing { origin, problem }
}

fn unavailable(problem: SourceError) -> SealError {
    SealError::KeysUnavailable(problem.into())
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
