//! Keys that tokens are encrypted with in a store, and how they come and go.

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
use self::source::{Need, Origin, Problem, Source};
use crate::error::StoreBuildError;
use crate::private;

/// Encrypts tokens and authenticates records on their way to a store, with one of several keys. A cheap clone; all clones share the keys.
///
/// # As text
/// Keys are separated by whitespace, commas or lines. Each is `name:base64`, with 32 random bytes, and a name of up to 32 letters,
/// digits, `-` and `_`. The first one seals; all of them open. [`new_key`](Self::new_key) makes one, and so does
/// `echo "2026-01:$(openssl rand -base64 32)"`.
///
/// # Algorithm and nonces
/// XChaCha20-Poly1305, with a nonce of 24 bytes that the operating system draws anew each time something is sealed. Chance keeps
/// nonces apart: after 2^64 writes with one key, two have the same with a probability of 2^-65. So keys need not be changed for
/// the nonces' sake, and processes need not agree on anything but the keys. A token's associated data is its record's key, its
/// generation and its times; a token that is moved to another record does not open there.
/// A sealed token reads `name.base64url(nonce, ciphertext, tag)`, so that its key's name is not a secret.
///
/// Each write seals the record as a whole, too: with an empty text, whose associated data is the record's key and every letter of
/// the record. What comes of that is the record's last member, `~tag`. Nothing of a record whose tag does not fit is believed.
///
/// # Rotation
/// 1. Add the new key at the end, everywhere: every process can open what it seals.
/// 2. Move it to the front, everywhere: from now on it seals.
/// 3. Drop the old key once no record names it. `evergrant store status` shows the names.
///
/// Processes with a file or a provider need no restart in between: they ask again when they meet a name that they do not know
/// (once in 5 seconds at most), and after they have sealed with keys that they have had for 5 minutes. Meanwhile the keys that
/// they have stay in use. A key that is missing costs a token request and a warning, not a call.
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
pub struct KeyRing(Arc<Source>);

impl KeyRing {
    /// Keys from their text.
    ///
    /// # Errors
    /// [`StoreBuildError::InvalidKeyRing`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, StoreBuildError> {
        Self::of(Origin::Text, Keys::parse(text))
    }

    /// Keys from an environment variable, which is read once.
    ///
    /// # Errors
    /// [`StoreBuildError::InvalidKeyRing`] when it is not set, or says what is wrong with it.
    pub fn from_env(name: &str) -> Result<Self, StoreBuildError> {
        let keys = match std::env::var(name) {
            Ok(text) => Keys::parse(Secret::new(text).expose()),
            Err(std::env::VarError::NotPresent) => {
                Err("it is not set; export it with the keys as text (`evergrant store new-key` prints one)".to_owned())
            }
            Err(std::env::VarError::NotUnicode(_)) => Err("it is not UTF-8".to_owned()),
        };
        Self::of(Origin::Variable(name.to_owned()), keys)
    }

    /// Keys from a file, which on Unix must be this user's alone (`chmod 600`) and no link. It is read now, and again as
    /// [rotation](Self#rotation) needs it. Where a platform mounts secrets as links, read them through
    /// [`from_provider`](Self::from_provider).
    ///
    /// # Errors
    /// [`StoreBuildError::InvalidKeyRing`] when it cannot be read, or says what is wrong with it.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, StoreBuildError> {
        let path = path.as_ref();
        // It is read again, and the working directory may be another one by then.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let keys = match private::read(&path) {
            Ok(Some(text)) => Keys::parse(text.expose()),
            Ok(None) => Err("there is no such file; begin it with what `evergrant store new-key` prints".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        Self::of(Origin::File(path), keys)
    }

    /// Keys from elsewhere, such as a secrets manager. The provider gives the ring's text; it is asked when the first token is
    /// sealed or opened, and again as [rotation](Self#rotation) needs it. It is waited for 5 seconds, and after a failure it is
    /// left alone for as long. What its errors say reaches logs.
    ///
    /// ```
    /// use evergrant::Secret;
    /// use evergrant_store::KeyRing;
    ///
    /// async fn secret_named(name: &str) -> Result<Secret, std::io::Error> {
    ///     // Ask the secrets manager here.
    /// #   Err(std::io::Error::other(name.to_owned()))
    /// }
    /// let keys = KeyRing::from_provider(async || secret_named("evergrant-keys").await);
    /// ```
    pub fn from_provider<F, Fut, E>(provider: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Secret, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let provider = move || -> evergrant::runtime::BoxFuture<'static, Result<Secret, BoxError>> {
            let answer = provider();
            Box::pin(async move { answer.await.map_err(Into::into) })
        };
        Self(Arc::new(Source::new(Origin::Provider(Box::new(provider)), None)))
    }

    /// A new key of this name, as its line in a ring: 32 bytes from the operating system.
    ///
    /// # Errors
    /// [`StoreBuildError::InvalidKeyRing`] when no key can have this name, or the system gives no random bytes.
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
            Ok(keys) => Ok(Self(Arc::new(Source::new(origin, Some(keys))))),
            Err(problem) => Err(invalid(&origin, problem)),
        }
    }
}

impl Seal for KeyRing {
    async fn seal(&self, identity: &[u8], text: &Secret) -> Result<String, SealError> {
        let keys = self.0.keys(Need::Any).await.map_err(unavailable)?;
        self.0.freshen();
        cipher::seal(keys.first(), identity, text)
    }

    async fn open(&self, identity: &[u8], sealed: &str) -> Result<Secret, SealError> {
        let (name, body) = cipher::split(sealed)?;
        let keys = self.0.keys(Need::Named(name)).await.map_err(unavailable)?;
        let key = keys
            .named(name)
            .ok_or_else(|| SealError::NoKey { name: name.to_owned() })?;
        cipher::open(key, identity, body)
    }
}

/// Names, and no keys.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn invalid(origin: &Origin, problem: String) -> StoreBuildError {
    let origin = origin.to_string();
    StoreBuildError::InvalidKeyRing { origin, problem }
}

fn unavailable(problem: Problem) -> SealError {
    SealError::Keys(problem.into())
}
