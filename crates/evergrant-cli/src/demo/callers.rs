//! The program's calls: a crowd all at once, and steady callers that go on until they are stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use evergrant::TokenManager;
use evergrant_reqwest::Client;
use http::HeaderMap;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::tally::{Authorized, Tally};

/// How many call steadily, and how long each pauses between two calls.
const STEADY: usize = 4;
const PAUSE: Duration = Duration::from_millis(20);

/// One who calls the API. A cheap clone.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) tokens: TokenManager,
    pub(super) client: Client,
    pub(super) tally: Tally,
}

impl Caller {
    /// One call, counted.
    pub(super) async fn call(&self) {
        let in_outage = self.tally.is_outage();
        let response = self.client.get("books").send().await;
        let succeeded = response.is_ok_and(|response| response.status().is_success());
        self.tally.called(succeeded, in_outage && self.tally.is_outage());
    }

    /// Times what stands between a caller and its header, apart from any call.
    async fn authorize(&self) {
        let mut headers = HeaderMap::new();
        let asked = Instant::now();
        let mut how = Authorized::AtOnce;
        if self.tokens.authorize_now(&mut headers).is_none() {
            how = Authorized::AfterWaiting;
            // A failure is the following call's to count.
            let _ = self.tokens.authorize(&mut headers).await;
        }
        let took = asked.elapsed();
        if self.tally.is_steady() {
            self.tally.authorized(how, took);
        }
    }

    /// `count` calls, all let go at the same moment.
    pub(super) async fn crowd(&self, count: usize) {
        let start = Arc::new(Barrier::new(count));
        let mut crowd = JoinSet::new();
        for _ in 0..count {
            let caller = self.clone();
            let start = Arc::clone(&start);
            crowd.spawn(async move {
                start.wait().await;
                caller.call().await;
            });
        }
        crowd.join_all().await;
    }

    /// Calls until told to stop.
    pub(super) fn steadily(&self) -> SteadyCallers {
        let stop = Arc::new(AtomicBool::new(false));
        let mut callers = JoinSet::new();
        for _ in 0..STEADY {
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

/// Callers at work.
pub(super) struct SteadyCallers {
    stop: Arc<AtomicBool>,
    callers: JoinSet<()>,
}

impl SteadyCallers {
    /// Lets each finish its call.
    pub(super) async fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.callers.join_all().await;
    }
}
