//! A value that takes a while to create: concurrent callers share one attempt, and the value is cached while it is
//! usable.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp, TokioRuntime};
use evergrant::store::{StoreError, StoreErrorKind};
use tokio::sync::watch;

/// A cached value. At most one attempt to create it runs at a time, on a separate task: a caller may stop waiting, and
/// the next caller finds the result.
#[derive(Debug)]
pub(super) struct Kept<T>(Mutex<Option<Attempt<T>>>);

#[derive(Debug)]
struct Attempt<T> {
    since: Timestamp,
    outcome: watch::Receiver<Option<Result<T, StoreError>>>,
}

/// The state of an attempt.
#[derive(Debug, PartialEq, Eq)]
enum State<T> {
    Here(T),
    Coming,
    /// Failed, or no longer usable.
    Over,
}

/// Maximum time of an attempt. It is exceeded only if its runtime is no longer driven.
const LIMIT: Duration = Duration::from_secs(5);
/// Time after which an attempt is likely to fail.
const USUAL: Duration = Duration::from_millis(500);

impl<T: Usable> Kept<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Returns the cached value, or creates it with `make`. Must be called within a runtime.
    pub(super) async fn get<F>(&self, make: impl FnOnce() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let mut outcome = {
            let mut attempt = self.lock();
            match attempt.as_ref().map_or(State::Over, Attempt::state) {
                State::Here(value) => return Ok(value),
                State::Coming => attempt.as_ref().map(|attempt| attempt.outcome.clone()),
                State::Over => None,
            }
            .unwrap_or_else(|| attempt.insert(Attempt::start(make())).outcome.clone())
        };
        let arrived = outcome.wait_for(Option::is_some).await;
        let arrived = arrived.map(|outcome| outcome.clone()).ok().flatten();
        let gone = || {
            Err(StoreError::new(
                StoreErrorKind::Unavailable,
                "the runtime was shut down",
            ))
        };
        arrived.unwrap_or_else(gone)
    }

    /// Returns whether the last attempt has failed or is likely to fail.
    pub(super) fn is_doubtful(&self) -> bool {
        self.lock().as_ref().is_some_and(|attempt| match attempt.state() {
            State::Here(_) => false,
            State::Coming => TokioRuntime::new().now().elapsed_since(attempt.since) > USUAL,
            State::Over => true,
        })
    }

    /// Returns whether the last attempt began longer than `age` ago.
    pub(super) fn is_older_than(&self, age: Duration) -> bool {
        let now = TokioRuntime::new().now();
        self.lock()
            .as_ref()
            .is_some_and(|attempt| now.elapsed_since(attempt.since) > age)
    }

    /// Discards the value: the next caller creates it again.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Attempt<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Usable> Attempt<T> {
    fn start(work: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Self {
        let (sender, outcome) = watch::channel(None);
        tokio::spawn(async move {
            // All callers may have stopped waiting.
            let _ = sender.send(Some(work.await));
        });
        let since = TokioRuntime::new().now();
        Self { since, outcome }
    }

    fn state(&self) -> State<T> {
        match &*self.outcome.borrow() {
            Some(Ok(value)) if value.is_usable() => State::Here(value.clone()),
            Some(_) => State::Over,
            // Without a sender, its runtime was shut down.
            None if self.outcome.has_changed().is_err() => State::Over,
            None if TokioRuntime::new().now().elapsed_since(self.since) > LIMIT => State::Over,
            None => State::Coming,
        }
    }
}

/// A value that can be cached.
pub(super) trait Usable: Clone + Send + Sync + 'static {
    fn is_usable(&self) -> bool;
}
