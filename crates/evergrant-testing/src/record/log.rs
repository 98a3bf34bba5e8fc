//! All requests of one server: counted, and waited for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http::StatusCode;
use tokio::sync::watch;

use super::RecordedRequest;
use crate::patience::{PATIENCE, patiently};

pub(crate) struct Records {
    started: Instant,
    log: Mutex<Log>,
    /// Counts up with every request. Never touched under the lock, which a waiter takes in between.
    arrivals: watch::Sender<u64>,
}

#[derive(Default)]
struct Log {
    requests: Vec<RecordedRequest>,
    /// How many requests were forgotten before the first of these.
    forgotten: usize,
}

/// Where a request is noted, whatever is forgotten in the meantime.
#[derive(Clone, Copy)]
pub(crate) struct Place(usize);

impl Records {
    pub(crate) fn new() -> Self {
        Self {
            started: now(),
            log: Mutex::default(),
            arrivals: watch::Sender::new(0),
        }
    }

    pub(crate) fn add(&self, mut request: RecordedRequest) -> Place {
        let place = {
            let mut log = self.lock();
            request.at = now().duration_since(self.started);
            log.requests.push(request);
            Place(log.forgotten + log.requests.len() - 1)
        };
        self.arrivals.send_modify(|arrivals| *arrivals += 1);
        place
    }

    pub(crate) fn answered(&self, place: Place, status: StatusCode) {
        let mut log = self.lock();
        if let Some(index) = place.0.checked_sub(log.forgotten)
            && let Some(request) = log.requests.get_mut(index)
        {
            request.status = Some(status);
        }
    }

    pub(crate) fn reset(&self) {
        let mut log = self.lock();
        log.forgotten += log.requests.len();
        log.requests.clear();
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.lock().requests.clone()
    }

    pub(crate) fn count(&self, filter: impl Fn(&RecordedRequest) -> bool) -> usize {
        self.lock().requests.iter().filter(|request| filter(request)).count()
    }

    /// Waits until `filter` has found as many as wanted.
    pub(crate) async fn wait(&self, wanted: usize, filter: impl Fn(&RecordedRequest) -> bool) {
        let mut arrivals = self.arrivals.subscribe();
        let enough = async {
            // An error would mean that `self` is gone.
            while self.count(&filter) < wanted && arrivals.changed().await.is_ok() {}
        };
        let came = patiently(enough).await.is_some();
        assert!(
            came,
            "waited {PATIENCE:?} for {wanted} requests; {} came",
            self.count(&filter)
        );
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server's own stopwatch, apart from the library's clock"
)]
fn now() -> Instant {
    Instant::now()
}
