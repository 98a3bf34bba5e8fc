//! The calls that a member makes, one after another, and what it makes of their tokens.

use std::sync::Arc;
use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp};
use evergrant::{Error, Rejection, ReplayOutcome, Token, TokenManager};
use evergrant_testing::LogCapture;
use http::StatusCode;
use tokio::sync::oneshot;

use super::clock::WrongClock;
use super::course::Course;
use super::report::{Event, Reporter, Tally, now};
use super::settings::Settings;
use super::store::Generations;

pub(super) struct Calls {
    manager: TokenManager,
    api: Option<Api>,
    clock: WrongClock,
    pause: Duration,
    report_every: Duration,
    reporter: Reporter,
    course: Arc<Course>,
    generations: Arc<Generations>,
    logs: LogCapture,
    tally: Tally,
}

struct Api {
    http: reqwest::Client,
    url: String,
    every: u64,
}

/// The rest are counted, and not told one by one.
const FAILURES_TOLD: u64 = 100;

impl Calls {
    pub(super) fn new(
        settings: &Settings,
        manager: TokenManager,
        reporter: Reporter,
        course: Arc<Course>,
        generations: Arc<Generations>,
        logs: LogCapture,
    ) -> Self {
        let http = || reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        Self {
            manager,
            api: settings.api_url.clone().map(|url| Api {
                http: http(),
                url,
                every: settings.api_every.max(1),
            }),
            clock: WrongClock::new(settings.clock_ahead),
            pause: settings.pause,
            report_every: settings.report_every,
            reporter,
            course,
            generations,
            logs,
            tally: Tally::default(),
        }
    }

    /// Call after call, until the end is ordered.
    pub(super) async fn until(mut self, mut end: oneshot::Receiver<()>) {
        let mut reported = Duration::ZERO;
        while end
            .try_recv()
            .is_err_and(|error| error == oneshot::error::TryRecvError::Empty)
        {
            let before = self.tally.serial;
            if let Ok(token) = self.call().await
                && let Some(api) = &self.api
                && (self.tally.serial != before || self.tally.calls.is_multiple_of(api.every))
            {
                self.use_token(token).await;
            }
            if now().saturating_sub(reported) >= self.report_every {
                reported = now();
                self.report();
            }
            tokio::time::sleep(self.pause).await;
        }
        self.report();
    }

    async fn call(&mut self) -> Result<Token, Error> {
        let started = now();
        let outcome = self.manager.token().await;
        let at = now();
        let took = at.saturating_sub(started);
        self.tally.calls += 1;
        let slowest = match self.tally.serial {
            0 => &mut self.tally.slowest_at_start,
            _ => &mut self.tally.slowest,
        };
        *slowest = took.max(*slowest);
        match &outcome {
            Ok(token) => self.look_at(token, at),
            Err(error) => {
                self.tally.failures += 1;
                if self.tally.failures <= FAILURES_TOLD {
                    let error = error.to_string();
                    self.reporter.say(&Event::Failed { at, took, error });
                }
            }
        }
        outcome
    }

    fn look_at(&mut self, token: &Token, at: Duration) {
        let serial = serial(token);
        if serial != self.tally.serial {
            self.tally.serial = serial;
            self.course.new_token(at);
            self.reporter.say(&Event::Token { at, serial });
        }
        let now: Timestamp = self.clock.now();
        if token.expires_at().is_some_and(|expiry| expiry <= now.wall()) {
            self.tally.expired += 1;
        }
    }

    /// As a program with a client of its own does it: a token that the API refuses is rejected, and the request repeated.
    async fn use_token(&mut self, token: Token) {
        if self.is_accepted(&token).await != Some(false) {
            return;
        }
        self.tally.refused += 1;
        if self.manager.reject(token.generation()) == Rejection::Suppressed {
            return;
        }
        let Ok(token) = self.call().await else { return };
        let outcome = match self.is_accepted(&token).await {
            None => return,
            Some(true) => ReplayOutcome::Accepted,
            Some(false) => ReplayOutcome::Refused,
        };
        if outcome == ReplayOutcome::Refused {
            self.tally.refused_again += 1;
        }
        self.manager.replayed(token.generation(), outcome);
    }

    /// `None` when the API cannot be asked.
    async fn is_accepted(&self, token: &Token) -> Option<bool> {
        let api = self.api.as_ref()?;
        let answer = api
            .http
            .get(&api.url)
            .bearer_auth(token.access_token().expose())
            .send()
            .await
            .ok()?;
        Some(answer.status() != StatusCode::UNAUTHORIZED)
    }

    fn report(&mut self) {
        let at = now();
        for record in self.logs.records().iter().filter(|record| record.level == "WARN") {
            let error = record.fields.get("error").or(record.fields.get("problem"));
            let (name, error) = (record.name.clone(), error.cloned().unwrap_or_default());
            self.reporter.say(&Event::Warning { at, name, error });
        }
        self.logs.clear();
        let status = self.manager.status();
        self.tally.at = at;
        self.tally.obtained = status.tokens_obtained;
        self.tally.adopted = status.tokens_adopted;
        self.tally.went_back = self.generations.went_back();
        self.reporter.say(&Event::Tally(self.tally.clone()));
    }
}

/// The server's number of a token of `evergrant-testing`'s, as its text says it (`test-token-7-…`), which is no secret; zero where it
/// says none.
#[must_use]
pub fn serial(token: &Token) -> u64 {
    let text = token.access_token().expose();
    let number = text.strip_prefix("test-token-").and_then(|rest| rest.split('-').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
