//! A rejection of one process applies to all: the server's `Retry-After`, and the API's 401.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use evergrant_testing::MockResponse;

use crate::support::{EngineKind, Fixture, MAX_WAIT, TIMEOUT, keys, run_cases, seconds};

const PROCESSES: usize = 6;
const LIFETIME: Duration = seconds(16);
const RETRY_AFTER: Duration = seconds(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The server rejects the first request.
    Cold,
    /// The server rejects a renewal.
    Warm,
}

/// Renewals are early, so that the `Retry-After` time ends while the token is still valid.
fn start_fixture(url: &str) -> Fixture {
    Fixture::new(url, LIFETIME, |settings| {
        settings.keys = keys();
        settings.renew_after = Some(0.4);
        settings.calls_per_api_request = 1;
    })
}

fn check_retry_after(kind: EngineKind, phase: Phase) -> Result<()> {
    let engine = kind.start();
    let mut fixture = start_fixture(&engine.url());
    let auth = fixture.server.auth().clone();
    let busy = || MockResponse::new(429).header("retry-after", &RETRY_AFTER.as_secs().to_string());
    if phase == Phase::Cold {
        auth.next(busy());
    }
    fixture.fleet.start_all(PROCESSES)?;
    if phase == Phase::Warm {
        fixture.fleet.wait_for_one_token(TIMEOUT, |_| true)?;
        auth.next(busy());
    }
    let first = if phase == Phase::Warm { 2 } else { 1 };
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial >= first)?;
    fixture.fleet.finish()?;
    let report = fixture.report();
    let rejected = report.requests.iter().position(|request| request.status == Some(429));
    let rejected = rejected.ok_or_else(|| anyhow::anyhow!("no request was rejected\n{report:?}"))?;
    let (at, next) = (report.requests[rejected].at, report.requests.get(rejected + 1));
    ensure!(
        next.is_some_and(|next| next.at >= at + RETRY_AFTER),
        "the next request came too early\n{report:?}"
    );
    ensure!(report.requests.len() == rejected + 2, "too many requests\n{report:?}");
    report.check_no_failed_call_with_valid_token(fixture.share(0.9))?;
    report.check_call_durations(MAX_WAIT)?;
    report.check_tokens_usable()?;
    if phase == Phase::Warm {
        report.check_no_failed_calls()?;
    }
    Ok(())
}

fn check_revoked_token(kind: EngineKind) -> Result<()> {
    let engine = kind.start();
    let mut fixture = start_fixture(&engine.url());
    fixture.fleet.start_all(PROCESSES)?;
    let first = fixture.fleet.wait_for_one_token(TIMEOUT, |_| true)?;
    // Avoids the read that follows a new token, and the renewal.
    thread::sleep(Duration::from_millis(500));
    let before = fixture.server.requests().len();
    fixture.server.auth().revoke_all();
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > first)?;
    let requests = fixture.server.requests().len() - before;
    fixture.fleet.finish()?;
    let report = fixture.report();
    ensure!(requests == 1, "{requests} requests for one revoked token\n{report:?}");
    let again: u64 = report
        .processes
        .iter()
        .map(|process| process.counters.rejected_again)
        .sum();
    ensure!(again == 0, "{again} replacements were rejected too\n{report:?}");
    report.check_no_failed_calls()?;
    report.check_call_durations(MAX_WAIT)?;
    report.check_no_lost_updates()
}

#[test]
fn retry_after_applies_to_all_processes() {
    let cases: Vec<_> = EngineKind::ALL
        .iter()
        .flat_map(|kind| [(*kind, Phase::Cold), (*kind, Phase::Warm)])
        .collect();
    run_cases(&cases, |(kind, phase)| check_retry_after(*kind, *phase));
}

#[test]
fn a_revoked_token_costs_one_request() {
    run_cases(&EngineKind::ALL, |kind| check_revoked_token(*kind));
}
