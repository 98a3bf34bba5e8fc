//! The keys that sign assertions: those of a signer, or of a key file.

use std::fmt;
use std::sync::Arc;

use evergrant::{Error, TokenRequestContext};

use crate::certificate::Certificate;
use crate::error::KeyError;
use crate::key_file::{FileKey, KeyFile, LoadedKeyFile};
use crate::signer::{SharedSigner, Signer};

/// Where the keys come from.
pub(crate) enum KeySource {
    Signer {
        signer: SharedSigner,
        certificate: Option<Arc<Certificate>>,
    },
    File(Arc<LoadedKeyFile>),
}

/// A key that signs an assertion, with its certificate.
pub(crate) struct SigningKey {
    key: Key,
    /// Whether another key has replaced this one in the file.
    pub(crate) is_previous: bool,
}

enum Key {
    Signer(SharedSigner, Option<Arc<Certificate>>),
    File(Arc<FileKey>),
}

impl KeySource {
    pub(crate) fn signer(signer: impl Signer, certificate: Option<Certificate>) -> Self {
        Self::Signer {
            signer: Arc::new(signer),
            certificate: certificate.map(Arc::new),
        }
    }

    pub(crate) fn file(file: impl Into<KeyFile>) -> Self {
        Self::File(Arc::new(LoadedKeyFile::new(file.into())))
    }

    /// Returns the keys to try for one request, the current one first. Reads the key file.
    pub(crate) async fn keys(&self, request: TokenRequestContext<'_>) -> Result<Vec<SigningKey>, Error> {
        let Self::File(file) = self else {
            return Ok(vec![self.current().map_err(Error::client_auth)?]);
        };
        let (file, now) = (Arc::clone(file), request.now());
        let keys = request.run_blocking(move || file.load(now)).await?;
        let keys = keys.map_err(Error::client_auth)?;
        let previous = keys.previous.map(|key| SigningKey {
            key: Key::File(key),
            is_previous: true,
        });
        Ok([SigningKey::current(Key::File(keys.current))]
            .into_iter()
            .chain(previous)
            .collect())
    }

    /// Returns the current key. Reads the key file, if it was not read yet.
    pub(crate) fn current(&self) -> Result<SigningKey, KeyError> {
        Ok(SigningKey::current(match self {
            Self::Signer { signer, certificate } => Key::Signer(Arc::clone(signer), certificate.clone()),
            Self::File(file) => Key::File(file.current()?),
        }))
    }

    /// Returns whether the keys can change while the program runs.
    pub(crate) fn can_change(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

impl SigningKey {
    fn current(key: Key) -> Self {
        let is_previous = false;
        Self { key, is_previous }
    }

    pub(crate) fn signer(&self) -> &dyn Signer {
        match &self.key {
            Key::Signer(signer, _) => &**signer,
            Key::File(file) => &file.key,
        }
    }

    pub(crate) fn certificate(&self) -> Option<&Certificate> {
        match &self.key {
            Key::Signer(_, certificate) => certificate.as_deref(),
            Key::File(file) => file.certificate.as_ref(),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signer { signer, .. } => signer.fmt(f),
            Self::File(file) => file.fmt(f),
        }
    }
}
