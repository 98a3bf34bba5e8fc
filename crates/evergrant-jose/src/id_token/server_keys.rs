//! The metadata and the keys of the issuer: fetched when they are needed, and cached.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use evergrant::discovery::{Capability, Discovery, ServerMetadata};
use evergrant::error::DiscoveryError;
use evergrant::runtime::Timestamp;

use super::error::IdTokenProblem;
use crate::algorithm::Algorithm;
use crate::public_jwk::PublicJwk;

/// How long keys are used before they are fetched again.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// The minimum time between two fetches, also after a failure: anybody can send a token with a key that is not known.
const MIN_AGE: Duration = Duration::from_secs(60);

/// The keys of one issuer.
pub(super) struct ServerKeys {
    discovery: Discovery,
    issuer: String,
    state: Mutex<State>,
    /// Held during a fetch, so that concurrent calls share it.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    fetched: Option<Fetched>,
    last_fetch: Option<LastFetch>,
}

struct Fetched {
    keys: Arc<Keys>,
    at: Timestamp,
}

/// The end of the last fetch, also of one that failed.
struct LastFetch {
    at: Timestamp,
    error: Option<DiscoveryError>,
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
            state: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the keys. Fetches them again if they are old, or if they have none for this token.
    pub(super) async fn get(
        &self,
        algorithm: Algorithm,
        key_id: Option<&str>,
        now: impl Fn() -> Timestamp,
    ) -> Result<Arc<Keys>, IdTokenProblem> {
        let cached = |state: &State| state.get(algorithm, key_id, now());
        if let Some(outcome) = cached(&self.state()) {
            return outcome;
        }
        let _fetching = self.fetching.lock().await;
        if let Some(outcome) = cached(&self.state()) {
            return outcome;
        }
        let fetched = self.fetch().await;
        let mut state = self.state();
        state.update(fetched, now());
        state.latest(algorithm, key_id)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<Keys, DiscoveryError> {
        let metadata = self.discovery.server(&self.issuer).await?;
        let json = self.discovery.keys(&metadata).await?;
        // Without usable keys, each token is one of an unknown key.
        let keys = PublicJwk::read_set(&json).unwrap_or_default();
        Ok(Keys { metadata, keys })
    }
}

impl State {
    /// Returns what is cached for this token. `None` if the keys have to be fetched.
    fn get(
        &self,
        algorithm: Algorithm,
        key_id: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<Keys>, IdTokenProblem>> {
        let fresh = self.fetched.as_ref();
        let fresh = fresh.filter(|fetched| !now.has_reached(fetched.at.plus(MAX_AGE)));
        if let Some(fetched) = fresh
            && fetched.keys.find(algorithm, key_id).is_some()
        {
            return Some(Ok(Arc::clone(&fetched.keys)));
        }
        let last = self.last_fetch.as_ref()?;
        (!now.has_reached(last.at.plus(MIN_AGE))).then(|| self.latest(algorithm, key_id))
    }

    /// Returns the latest keys, also if the last fetch has failed and they have one for this token. Otherwise returns
    /// the error of that fetch.
    fn latest(&self, algorithm: Algorithm, key_id: Option<&str>) -> Result<Arc<Keys>, IdTokenProblem> {
        let keys = self.fetched.as_ref().map(|fetched| &fetched.keys);
        let error = self.last_fetch.as_ref().and_then(|last| last.error.as_ref());
        match (keys, error) {
            (Some(keys), Some(error)) if keys.find(algorithm, key_id).is_none() => {
                Err(IdTokenProblem::Keys(error.clone()))
            }
            (Some(keys), _) => Ok(Arc::clone(keys)),
            (None, Some(error)) => Err(IdTokenProblem::Keys(error.clone())),
            (None, None) => Err(IdTokenProblem::UnknownKey),
        }
    }

    /// Keeps the outcome of a fetch. An error or an empty set does not replace keys.
    fn update(&mut self, outcome: Result<Keys, DiscoveryError>, at: Timestamp) {
        let error = match outcome {
            Ok(keys) => {
                if self.fetched.is_none() || !keys.keys.is_empty() {
                    let keys = Arc::new(keys);
                    self.fetched = Some(Fetched { keys, at });
                }
                None
            }
            Err(error) => Some(error),
        };
        self.last_fetch = Some(LastFetch { at, error });
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
