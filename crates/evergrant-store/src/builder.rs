//! The way in: a URL and a few decisions to a store.

use evergrant::Secret;
use evergrant::store::SharedStore;

use crate::engine;
use crate::error::StoreBuildError;
use crate::key_ring::KeyRing;
use crate::url::{Engine, StoreUrl};

/// A store at this URL.
pub fn store(url: &str) -> StoreBuilder {
    StoreBuilder {
        url: url.into(),
        encryption: None,
        unencrypted_connection: UnencryptedConnection::OnLoopback,
    }
}

/// Collects what a store needs to know.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct StoreBuilder {
    url: Secret,
    encryption: Option<Encryption>,
    unencrypted_connection: UnencryptedConnection,
}

#[derive(Debug, Clone)]
enum Encryption {
    With(KeyRing),
    Plaintext,
}

/// Where a connection without encryption may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnencryptedConnection {
    OnLoopback,
    Anywhere,
}

impl StoreBuilder {
    /// Encrypts tokens on their way to the store.
    pub fn encryption(mut self, keys: KeyRing) -> Self {
        self.encryption = Some(Encryption::With(keys));
        self
    }

    /// Leaves tokens readable to whoever can read the store.
    pub fn danger_plaintext(mut self) -> Self {
        self.encryption = Some(Encryption::Plaintext);
        self
    }

    /// Lets passwords and tokens travel unencrypted to a host that is not this machine.
    pub fn danger_allow_unencrypted_connection(mut self) -> Self {
        self.unencrypted_connection = UnencryptedConnection::Anywhere;
        self
    }

    /// The store. Nothing is connected to yet.
    ///
    /// # Errors
    /// [`StoreBuildError`] when the settings cannot work.
    pub fn build(self) -> Result<SharedStore, StoreBuildError> {
        let url = StoreUrl::parse(&self.url)?;
        if url.engine.is_remote() && self.encryption.is_none() {
            let scheme = url.scheme.to_owned();
            return Err(StoreBuildError::EncryptionNotDecided { scheme });
        }
        let store = engine::open(&url, self.unencrypted_connection)?;
        Ok(match self.encryption {
            Some(Encryption::With(keys)) => store.sealed(keys),
            Some(Encryption::Plaintext) | None => store,
        })
    }
}

impl Engine {
    /// Whether it keeps records where others may have access.
    fn is_remote(self) -> bool {
        matches!(self, Self::Redis | Self::Postgres)
    }
}
