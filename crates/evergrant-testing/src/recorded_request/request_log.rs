//! The log of all requests that one server has recorded.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http::StatusCode;
use tokio::sync::watch;

use super::RecordedRequest;
use crate::timeouts::{TIMEOUT, with_timeout};

pub(crate) struct Records {
    started: Instant,
    log: Mutex<Log>,
    /// Number of requests received. Never changed while `log` is locked, because a waiter locks it.
    arrivals: watch::Sender<u64>,
}

#[derive(Default)]
struct Log {
    requests: Vec<RecordedRequest>,
    /// Number of requests discarded before the first of `requests`.
    discarded: usize,
}

/// Identifies a recorded request, even after earlier ones were discarded.
#[derive(Clone, Copy)]
pub(crate) struct RecordId(usize);

impl Records {
    pub(crate) fn new() -> Self {
        Self {
            started: now(),
            log: Mutex::default(),
            arrivals: watch::Sender::new(0),
        }
    }

    pub(crate) fn add(&self, mut request: RecordedRequest) -> RecordId {
        let id = {
            let mut log = self.lock();
            request.at = now().duration_since(self.started);
            log.requests.push(request);
            RecordId(log.discarded + log.requests.len() - 1)
        };
        self.arrivals.send_modify(|arrivals| *arrivals += 1);
        id
    }

    pub(crate) fn set_status(&self, id: RecordId, status: StatusCode) {
        let mut log = self.lock();
        if let Some(index) = id.0.checked_sub(log.discarded)
            && let Some(request) = log.requests.get_mut(index)
        {
            request.status = Some(status);
        }
    }

    pub(crate) fn reset(&self) {
        let mut log = self.lock();
        log.discarded += log.requests.len();
        log.requests.clear();
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.lock().requests.clone()
    }

    pub(crate) fn count(&self, filter: impl Fn(&RecordedRequest) -> bool) -> usize {
        self.lock().requests.iter().filter(|request| filter(request)).count()
    }

    /// Waits until at least `expected` requests match `filter`.
    pub(crate) async fn wait(&self, expected: usize, filter: impl Fn(&RecordedRequest) -> bool) {
        let mut arrivals = self.arrivals.subscribe();
        let enough = async {
            // This fails only after `self` has been dropped.
            while self.count(&filter) < expected && arrivals.changed().await.is_ok() {}
        };
        let reached = with_timeout(enough).await.is_some();
        assert!(
            reached,
            "expected {expected} requests within {TIMEOUT:?}, received {}",
            self.count(&filter)
        );
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server's stopwatch is independent of the library's clock"
)]
fn now() -> Instant {
    Instant::now()
}
