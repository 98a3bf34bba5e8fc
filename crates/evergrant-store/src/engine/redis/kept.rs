//! What takes a while to be had: made once for all who ask for it, and kept while it is of use.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp, TokioRuntime};
use evergrant::store::{StoreError, StoreErrorKind};
use tokio::sync::watch;

/// At most one attempt at a time, on a task of its own: whoever waits for it may give up, and the next one finds it ready.
#[derive(Debug)]
pub(super) struct Kept<T>(Mutex<Option<Attempt<T>>>);

#[derive(Debug)]
struct Attempt<T> {
    since: Timestamp,
    outcome: watch::Receiver<Option<Result<T, StoreError>>>,
}

/// How an attempt stands.
#[derive(Debug, PartialEq, Eq)]
enum State<T> {
    Here(T),
    Coming,
    /// Of no use any more.
    Over,
}

/// No attempt takes longer, unless the runtime that it is on is driven no more.
const LIMIT: Duration = Duration::from_secs(5);
/// An attempt that takes longer than this is likely to fail.
const USUAL: Duration = Duration::from_millis(500);

impl<T: Usable> Kept<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What is here, or else what `make` gives. From inside a runtime.
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

    /// Whether it was asked for, and is likely not to be had.
    pub(super) fn is_doubtful(&self) -> bool {
        self.lock().as_ref().is_some_and(|attempt| match attempt.state() {
            State::Here(_) => false,
            State::Coming => TokioRuntime::new().now().elapsed_since(attempt.since) > USUAL,
            State::Over => true,
        })
    }

    /// Whether the last attempt began so long ago.
    pub(super) fn is_older_than(&self, age: Duration) -> bool {
        let now = TokioRuntime::new().now();
        self.lock()
            .as_ref()
            .is_some_and(|attempt| now.elapsed_since(attempt.since) > age)
    }

    /// Has it made anew for the next one who asks.
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
            // Nobody may be left who wants to know.
            let _ = sender.send(Some(work.await));
        });
        let since = TokioRuntime::new().now();
        Self { since, outcome }
    }

    fn state(&self) -> State<T> {
        match &*self.outcome.borrow() {
            Some(Ok(value)) if value.is_usable() => State::Here(value.clone()),
            Some(_) => State::Over,
            // Without a sender, the runtime that it was on is gone.
            None if self.outcome.has_changed().is_err() => State::Over,
            None if TokioRuntime::new().now().elapsed_since(self.since) > LIMIT => State::Over,
            None => State::Coming,
        }
    }
}

/// What can be kept.
pub(super) trait Usable: Clone + Send + Sync + 'static {
    fn is_usable(&self) -> bool;
}
