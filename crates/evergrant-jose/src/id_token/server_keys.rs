//! The metadata and the keys of the issuer: fetched when they are needed, and cached.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evergrant::discovery::{Capability, Discovery, ServerMetadata};
use evergrant::error::DiscoveryError;
use evergrant::runtime::Timestamp;
use tokio::sync::Mutex;

use super::error::IdTokenProblem;
use crate::algorithm::Algorithm;
use crate::public_jwk::PublicJwk;

/// How long keys are used before they are fetched again.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// The minimum time between two fetches because of keys that are not known: anybody can send a token with another key.
const MIN_AGE: Duration = Duration::from_secs(60);

/// The keys of one issuer.
pub(super) struct ServerKeys {
    discovery: Discovery,
    issuer: String,
    /// Held during a fetch, so that concurrent calls share it.
    current: Mutex<Option<Fetched>>,
}

struct Fetched {
    keys: Arc<Keys>,
    at: Timestamp,
}

/// The keys and algorithms of the issuer at one time.
pub(super) struct Keys {
    pub(super) metadata: ServerMetadata,
    keys: Vec<PublicJwk>,
}

impl ServerKeys {
    pub(super) fn new(discovery: Discovery, issuer: String) -> Self {
        Self {
            discovery,
            issuer,
            current: Mutex::default(),
        }
    }

    /// Returns the keys. Fetches them again if they are old, or if they have none for this token.
    pub(super) async fn get(
        &self,
        algorithm: Algorithm,
        key_id: Option<&str>,
        now: impl Fn() -> Timestamp,
    ) -> Result<Arc<Keys>, IdTokenProblem> {
        let mut current = self.current.lock().await;
        if let Some(fetched) = &*current {
            let is_old = now().has_reached(fetched.at.plus(MAX_AGE));
            let is_new = !now().has_reached(fetched.at.plus(MIN_AGE));
            if !is_old && (is_new || fetched.keys.find(algorithm, key_id).is_some()) {
                return Ok(Arc::clone(&fetched.keys));
            }
        }
        let keys = Arc::new(self.fetch().await.map_err(IdTokenProblem::Keys)?);
        *current = Some(Fetched {
            keys: Arc::clone(&keys),
            at: now(),
        });
        Ok(keys)
    }

    async fn fetch(&self) -> Result<Keys, DiscoveryError> {
        let metadata = self.discovery.server(&self.issuer).await?;
        let json = self.discovery.keys(&metadata).await?;
        // Without usable keys, each token is one of an unknown key.
        let keys = PublicJwk::read_set(&json).unwrap_or_default();
        Ok(Keys { metadata, keys })
    }
}

impl Keys {
    /// Returns whether the server signs ID tokens with this algorithm, as far as it says so.
    pub(super) fn allows(&self, algorithm: Algorithm) -> bool {
        let listed = self.metadata.lists(Capability::IdTokenAlgorithms, algorithm.name());
        listed != Some(false)
    }

    /// Returns the key with this id. Without an id, the only key that fits (OpenID Connect Core section 10.1).
    pub(super) fn find(&self, algorithm: Algorithm, key_id: Option<&str>) -> Option<&PublicJwk> {
        let fitting = |key: &&PublicJwk| {
            let has_id = key_id.is_none_or(|id| key.key_id.as_deref() == Some(id));
            has_id && key.fits(algorithm)
        };
        let mut found = self.keys.iter().filter(fitting);
        match (found.next(), found.next()) {
            (Some(key), None) => Some(key),
            // Keys of one id are of different kinds, so only one of them fits.
            _ => None,
        }
    }
}

impl fmt::Debug for ServerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerKeys")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
