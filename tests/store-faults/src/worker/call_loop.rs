//! The calls of a process, one after another, and how it uses their tokens.

use std::sync::Arc;
use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp};
use evergrant::{Error, Rejection, ReplayOutcome, Token, TokenManager};
use evergrant_testing::LogCapture;
use http::StatusCode;
use tokio::sync::oneshot;

use super::fault_injection::FaultInjector;
use super::monitored_store::GenerationMonitor;
use super::reported_events::{Counters, Event, Reporter, now};
use super::settings::Settings;
use super::wrong_wall_clock::SkewedClock;

/// Calls the manager in a loop and counts the outcomes.
pub(super) struct CallLoop {
    manager: TokenManager,
    api: Option<Api>,
    clock: SkewedClock,
    concurrent_calls: usize,
    pause: Duration,
    report_interval: Duration,
    reporter: Reporter,
    faults: Arc<FaultInjector>,
    generations: Arc<GenerationMonitor>,
    logs: LogCapture,
    counters: Counters,
}

struct Api {
    http: reqwest::Client,
    url: String,
    /// The API is called once in this many calls.
    every: u64,
}

/// Further failed calls are counted only.
const MAX_REPORTED_FAILURES: u64 = 100;

impl CallLoop {
    pub(super) fn new(
        settings: &Settings,
        manager: TokenManager,
        reporter: Reporter,
        faults: Arc<FaultInjector>,
        generations: Arc<GenerationMonitor>,
        logs: LogCapture,
    ) -> Self {
        let http = || reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        Self {
            manager,
            api: settings.api_url.clone().map(|url| Api {
                http: http(),
                url,
                every: settings.calls_per_api_request.max(1),
            }),
            clock: SkewedClock::new(settings.clock_offset_seconds),
            concurrent_calls: settings.concurrent_calls.max(1),
            pause: settings.pause,
            report_interval: settings.report_interval,
            reporter,
            faults,
            generations,
            logs,
            counters: Counters::default(),
        }
    }

    /// Makes calls until `end` receives a value, then reports for the last time.
    pub(super) async fn run(mut self, mut end: oneshot::Receiver<()>) {
        let mut last_report = Duration::ZERO;
        while end
            .try_recv()
            .is_err_and(|error| error == oneshot::error::TryRecvError::Empty)
        {
            let before = self.counters.serial;
            if let Ok(token) = self.call().await
                && let Some(api) = &self.api
                && (self.counters.serial != before || self.counters.calls.is_multiple_of(api.every))
            {
                self.use_token(token).await;
            }
            if now().saturating_sub(last_report) >= self.report_interval {
                last_report = now();
                self.report();
            }
            tokio::time::sleep(self.pause).await;
        }
        self.report();
    }

    async fn call(&mut self) -> Result<Token, Error> {
        let started = now();
        let outcome = self.token().await;
        let at = now();
        let took = at.saturating_sub(started);
        self.counters.calls += 1;
        let slowest = match self.counters.serial {
            0 => &mut self.counters.slowest_at_start,
            _ => &mut self.counters.slowest,
        };
        *slowest = took.max(*slowest);
        match &outcome {
            Ok(token) => self.record_token(token, at),
            Err(error) => {
                self.counters.failed_calls += 1;
                if self.counters.failed_calls <= MAX_REPORTED_FAILURES {
                    let error = error.to_string();
                    self.reporter.send(&Event::CallFailed { at, took, error });
                }
            }
        }
        outcome
    }

    /// Makes the concurrent calls. Returns the first error, or the last token.
    async fn token(&self) -> Result<Token, Error> {
        let call = || {
            let manager = self.manager.clone();
            async move { manager.token().await }
        };
        let others: Vec<_> = (1..self.concurrent_calls).map(|_| tokio::spawn(call())).collect();
        let mut outcome = call().await;
        for other in others {
            if let (Ok(_), Ok(other)) = (&outcome, other.await) {
                outcome = other;
            }
        }
        outcome
    }

    fn record_token(&mut self, token: &Token, at: Duration) {
        let serial = serial(token);
        if serial != self.counters.serial {
            self.counters.serial = serial;
            self.faults.new_token(at);
            self.reporter.send(&Event::Token { at, serial });
        }
        let now: Timestamp = self.clock.now();
        if token.expires_at().is_some_and(|expiry| expiry <= now.wall()) {
            self.counters.expired += 1;
        }
    }

    /// Calls the API with a token. After a 401, rejects the token and repeats the request once with the next one, as a
    /// program does that uses its own HTTP client.
    async fn use_token(&mut self, token: Token) {
        if self.is_accepted(&token).await != Some(false) {
            return;
        }
        self.counters.rejected += 1;
        if self.manager.reject(token.generation()) == Rejection::Suppressed {
            return;
        }
        let Ok(token) = self.call().await else { return };
        let outcome = match self.is_accepted(&token).await {
            None => return,
            Some(true) => ReplayOutcome::Accepted,
            Some(false) => ReplayOutcome::Rejected,
        };
        if outcome == ReplayOutcome::Rejected {
            self.counters.rejected_again += 1;
        }
        self.manager.report_replay(token.generation(), outcome);
    }

    /// Returns whether the API accepts the token, or `None` if the API cannot be reached.
    async fn is_accepted(&self, token: &Token) -> Option<bool> {
        let api = self.api.as_ref()?;
        let response = api
            .http
            .get(&api.url)
            .bearer_auth(token.access_token().expose())
            .send()
            .await
            .ok()?;
        Some(response.status() != StatusCode::UNAUTHORIZED)
    }

    fn report(&mut self) {
        let at = now();
        for record in self.logs.records().iter().filter(|record| record.level == "WARN") {
            let error = record.fields.get("error").or(record.fields.get("problem"));
            let (name, error) = (record.name.clone(), error.cloned().unwrap_or_default());
            self.reporter.send(&Event::Warning { at, name, error });
        }
        self.logs.clear();
        let status = self.manager.status();
        self.counters.at = at;
        self.counters.fetched = status.tokens_fetched;
        self.counters.adopted = status.tokens_adopted;
        self.counters.generation_regressions = self.generations.regressions();
        self.reporter.send(&Event::Counters(self.counters.clone()));
    }
}

/// Returns the serial number in the text of a token that `evergrant-testing` issued (`test-token-7-…`), or zero for
/// other tokens. The serial number is not secret.
#[must_use]
pub fn serial(token: &Token) -> u64 {
    let text = token.access_token().expose();
    let number = text.strip_prefix("test-token-").and_then(|rest| rest.split('-').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
