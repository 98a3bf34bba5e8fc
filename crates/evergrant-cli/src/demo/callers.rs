//! The calls of the demonstration: many at once, and steady callers that run until they are stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use evergrant::TokenManager;
use evergrant_reqwest::Client;
use http::HeaderMap;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::counters::{Authorized, Counters};

/// Number of steady callers, and their pause between two calls.
pub(super) const STEADY_CALLERS: u64 = 4;
const PAUSE: Duration = Duration::from_millis(20);

/// A caller of the API. Clones are cheap.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) tokens: TokenManager,
    pub(super) client: Client,
    pub(super) counters: Counters,
}

impl Caller {
    /// Makes one call and counts it.
    pub(super) async fn call(&self) {
        let in_outage = self.counters.is_outage();
        let response = self.client.get("books").send().await;
        let succeeded = response.is_ok_and(|response| response.status().is_success());
        self.counters.called(succeeded, in_outage && self.counters.is_outage());
    }

    /// Measures the time to get the authorization header, without a call.
    async fn authorize(&self) {
        let mut headers = HeaderMap::new();
        let started = Instant::now();
        let mut outcome = Authorized::Immediately;
        if self.tokens.authorize_now(&mut headers).is_none() {
            outcome = Authorized::AfterWait;
            // The following call counts a failure.
            let _ = self.tokens.authorize(&mut headers).await;
        }
        let elapsed = started.elapsed();
        if self.counters.is_steady() {
            self.counters.authorized(outcome, elapsed);
        }
    }

    /// Makes `count` calls that start at the same moment.
    pub(super) async fn call_concurrently(&self, count: usize) {
        let start = Arc::new(Barrier::new(count));
        let mut calls = JoinSet::new();
        for _ in 0..count {
            let caller = self.clone();
            let start = Arc::clone(&start);
            calls.spawn(async move {
                start.wait().await;
                caller.call().await;
            });
        }
        calls.join_all().await;
    }

    /// Starts callers that call until they are stopped.
    pub(super) fn start_steady(&self) -> SteadyCallers {
        let stop = Arc::new(AtomicBool::new(false));
        let mut callers = JoinSet::new();
        for _ in 0..STEADY_CALLERS {
            let caller = self.clone();
            let stop = Arc::clone(&stop);
            callers.spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    caller.authorize().await;
                    caller.call().await;
                    tokio::time::sleep(PAUSE).await;
                }
            });
        }
        SteadyCallers { stop, callers }
    }
}

/// Running callers.
pub(super) struct SteadyCallers {
    stop: Arc<AtomicBool>,
    callers: JoinSet<()>,
}

impl SteadyCallers {
    /// Stops the callers after their current calls.
    pub(super) async fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.callers.join_all().await;
    }
}
