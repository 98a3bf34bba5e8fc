//! The source of a key ring: loads the keys, caches them, and loads them again when necessary.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use evergrant::Secret;
use evergrant::error::{BoxError, innermost};
use evergrant::runtime::{BoxFuture, Runtime as _, SpawnError, Timestamp, TokioRuntime};
use tokio::sync::watch;

use super::keys::Keys;
use crate::{secure_file, spawn_blocking};

/// Caches the keys of an origin, and loads them as rarely as possible.
pub(super) struct KeySource {
    origin: Origin,
    cache: Mutex<Cache>,
    runtime: TokioRuntime,
}

pub(super) enum Origin {
    Text,
    Variable(String),
    File(PathBuf),
    Provider(Box<Provider>),
}

pub(super) type Provider = dyn Fn() -> BoxFuture<'static, Result<Secret, BoxError>> + Send + Sync;

/// A requirement on the cached keys. If it is not met, the keys are loaded again.
#[derive(Clone, Copy)]
pub(super) enum Requirement<'a> {
    /// At least one key must be available; which one does not matter.
    Any,
    /// A key with this name must be available.
    Named(&'a str),
    /// The keys must not be older than [`MAX_AGE`].
    Fresh,
}

/// The reason why the keys cannot be loaded. Contains their origin.
#[derive(Debug, Clone)]
pub(super) struct SourceError(Arc<str>);

#[derive(Default)]
struct Cache {
    keys: Option<Arc<Keys>>,
    /// When the keys were loaded.
    loaded: Option<Timestamp>,
    error: Option<SourceError>,
    /// When the last attempt to load them ended, successfully or not.
    last_attempt: Option<Timestamp>,
    pending: Option<PendingLoad>,
}

/// A load in progress. It runs on a separate task, because callers may stop waiting for it.
struct PendingLoad {
    started: Timestamp,
    /// Closed when the load ends.
    done: watch::Receiver<()>,
}

/// Minimum time between two loads, for any number of records with unknown keys.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// Maximum age of the keys at an encryption. Older keys are still used, and loaded again.
const MAX_AGE: Duration = Duration::from_secs(5 * 60);
/// Maximum time for a provider to return.
const LIMIT: Duration = Duration::from_secs(5);

impl KeySource {
    pub(super) fn new(origin: Origin, keys: Option<Keys>) -> Self {
        let runtime = TokioRuntime::new();
        let cache = Cache {
            loaded: keys.is_some().then(|| runtime.now()),
            keys: keys.map(Arc::new),
            ..Cache::default()
        };
        Self {
            origin,
            cache: Mutex::new(cache),
            runtime,
        }
    }

    /// Returns the keys. Loads them first if the cached keys do not meet the requirement. The loaded keys may not meet
    /// it either.
    pub(super) async fn keys(self: &Arc<Self>, requirement: Requirement<'_>) -> Result<Arc<Keys>, SourceError> {
        if let Some(outcome) = self.cached(requirement) {
            return outcome;
        }
        match self.start_load(requirement) {
            Ok(mut done) => while done.changed().await.is_ok() {},
            // Outside of a Tokio runtime. Only a provider works there.
            Err(SpawnError) => return self.load().await,
        }
        self.lock().outcome()
    }

    /// Loads old keys again in the background.
    pub(super) fn refresh_if_old(self: &Arc<Self>) {
        if self.cached(Requirement::Fresh).is_none() {
            // Without a runtime, the cached keys stay in use.
            let _ = self.start_load(Requirement::Fresh);
        }
    }

    /// Starts a load, or joins the load in progress. The returned channel is closed when it ends.
    fn start_load(self: &Arc<Self>, requirement: Requirement<'_>) -> Result<watch::Receiver<()>, SpawnError> {
        let now = self.runtime.now();
        let mut cache = self.lock();
        let (sender, done) = watch::channel(());
        if cache.lookup(requirement, now).is_some() {
            // Another load has just ended.
            return Ok(done);
        }
        if let Some(pending) = cache.pending.as_ref().filter(|pending| pending.is_running(now)) {
            return Ok(pending.done.clone());
        }
        let source = Arc::clone(self);
        self.runtime.spawn(Box::pin(async move {
            // The outcome is in the cache.
            let _ = source.load().await;
            drop(sender);
        }))?;
        cache.pending = Some(PendingLoad {
            started: now,
            done: done.clone(),
        });
        Ok(done)
    }

    async fn load(&self) -> Result<Arc<Keys>, SourceError> {
        let outcome = self.read().await;
        self.lock().update(outcome, self.runtime.now())
    }

    /// Returns the cached outcome, or `None` if the keys should be loaded.
    fn cached(&self, requirement: Requirement<'_>) -> Option<Result<Arc<Keys>, SourceError>> {
        match self.origin {
            Origin::Text | Origin::Variable(_) => Some(self.lock().outcome()),
            Origin::File(_) | Origin::Provider(_) => self.lock().lookup(requirement, self.runtime.now()),
        }
    }

    async fn read(&self) -> Result<Keys, SourceError> {
        let text = match &self.origin {
            // Parsed by the constructor.
            Origin::Text | Origin::Variable(_) => Err("it was not parsed".into()),
            Origin::File(path) => {
                let path = path.clone();
                let read = spawn_blocking::run(&self.runtime, move || secure_file::read(&path)).await;
                read.map_err(BoxError::from)
                    .and_then(|text| text.ok_or_else(|| "there is no such file".into()))
            }
            Origin::Provider(provider) => tokio::select! {
                text = provider() => text,
                () = self.runtime.sleep(LIMIT) => Err(format!("no response after {LIMIT:?}").into()),
            },
        };
        let keys = match text {
            Ok(text) => Keys::parse(text.expose()),
            Err(error) => Err(innermost(&*error)),
        };
        keys.map_err(|problem| {
            let problem = SourceError(format!("key ring {}: {problem}", self.origin).into());
            tracing::warn!(
                name: "evergrant.key_ring_unavailable",
                target: "evergrant",
                problem = %problem,
                "the key ring cannot be loaded; the previous keys stay in use"
            );
            problem
        })
    }

    fn lock(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PendingLoad {
    /// Returns whether the load can still end. It cannot if its runtime was shut down or is no longer driven.
    fn is_running(&self, now: Timestamp) -> bool {
        self.done.has_changed().is_ok() && now.elapsed_since(self.started) < LIMIT * 2
    }
}

impl Cache {
    fn update(&mut self, outcome: Result<Keys, SourceError>, now: Timestamp) -> Result<Arc<Keys>, SourceError> {
        self.last_attempt = Some(now);
        match outcome {
            Ok(keys) => (self.keys, self.loaded, self.error) = (Some(Arc::new(keys)), Some(now), None),
            Err(error) => self.error = Some(error),
        }
        self.outcome()
    }

    fn outcome(&self) -> Result<Arc<Keys>, SourceError> {
        let not_loaded = || SourceError("key ring: it was not loaded yet".into());
        self.keys
            .clone()
            .ok_or_else(|| self.error.clone().unwrap_or_else(not_loaded))
    }

    /// Returns the cached outcome, or `None` if the keys should be loaded.
    fn lookup(&self, requirement: Requirement<'_>, now: Timestamp) -> Option<Result<Arc<Keys>, SourceError>> {
        let is_within = |limit, last: Option<Timestamp>| last.is_some_and(|last| now.elapsed_since(last) < limit);
        let met = self.keys.as_ref().is_some_and(|keys| match requirement {
            Requirement::Any => true,
            Requirement::Named(name) => keys.get(name).is_some(),
            Requirement::Fresh => is_within(MAX_AGE, self.loaded),
        });
        (met || is_within(RETRY_INTERVAL, self.last_attempt)).then(|| self.outcome())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("passed as text"),
            Self::Variable(name) => write!(f, "in the environment variable {name}"),
            Self::File(path) => write!(f, "in {}", path.display()),
            Self::Provider(_) => f.write_str("from its provider"),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SourceError {}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("origin", &format_args!("{}", self.origin))
            .field("keys", &self.lock().keys)
            .finish()
    }
}

#[cfg(test)]
mod tests;
