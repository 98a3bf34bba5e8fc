//! The process that renews the token fails at each step of the renewal. Another process takes over.

use std::time::Duration;

use anyhow::Result;
use store_faults::worker::{Fault, FaultKind, Point, RENEWAL_POINTS};

use crate::support::{EngineKind, Fixture, MAX_WAIT, TIMEOUT, keys, run_cases, seconds};

const LIFETIME: Duration = seconds(20);
/// Latency of the server, long enough for the lease to be extended.
const LATENCY: Duration = Duration::from_millis(1500);

/// Duration of an outage, longer than a lease.
const OUTAGE: Duration = seconds(4);

/// All processes have a token. The first one renews it slightly earlier than the others would, and fails.
fn run_renewals(kind: EngineKind, fault: FaultKind) {
    let engine = kind.start();
    let url = engine.url();
    let keys = keys();
    run_cases(&RENEWAL_POINTS, |point| {
        interrupted_renewal(&url, keys.clone(), *point, fault)
    });
}

fn interrupted_renewal(url: &str, keys: Option<String>, point: Point, fault: FaultKind) -> Result<()> {
    let mut fixture = Fixture::new(url, LIFETIME, |settings| {
        settings.keys = keys;
        settings.renew_after = Some(0.5);
        settings.report_steps = true;
    });
    fixture.server.auth().latency(LATENCY);
    let first = fixture.fleet.start_with(|settings| settings.renew_after = Some(0.4))?;
    fixture.fleet.start_all(2)?;
    fixture.fleet.wait_for_one_token(TIMEOUT, |_| true)?;
    // On a busy machine, connecting to the store may time out, and a process then fetches its first token alone.
    let at_start = fixture.server.requests().len();
    fixture.fleet.process(first).inject(Fault {
        point,
        kind: fault,
        min_token_age: LIFETIME / 5,
    });
    fixture.fleet.process(first).wait_for_fault(TIMEOUT)?;
    let last = fixture.fleet.process(first).events().serial();
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > last)?;
    if fault == FaultKind::Stop {
        // It continues the renewal and finds that another process has renewed the token.
        fixture.fleet.process(first).resume();
        fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > last)?;
    }
    fixture.fleet.finish()?;
    let report = fixture.report();
    report.check_calls(MAX_WAIT)?;
    report.check_no_lost_updates()?;
    report
        .skip_requests(at_start)
        .check_extra_requests(1, fixture.share(0.35))
}

#[test]
fn redis_killed() {
    run_renewals(EngineKind::Redis, FaultKind::Kill);
}

#[test]
fn redis_stopped() {
    run_renewals(EngineKind::Redis, FaultKind::Stop);
}

#[test]
fn redis_without_the_store() {
    run_renewals(EngineKind::Redis, FaultKind::StoreUnavailable(OUTAGE));
}

#[test]
fn redis_with_a_silent_store() {
    run_renewals(EngineKind::Redis, FaultKind::StoreHangs(OUTAGE));
}

#[test]
fn redis_without_the_network() {
    run_renewals(EngineKind::Redis, FaultKind::NetworkUnavailable(OUTAGE));
}

#[test]
fn postgres_killed() {
    run_renewals(EngineKind::Postgres, FaultKind::Kill);
}

#[test]
fn postgres_stopped() {
    run_renewals(EngineKind::Postgres, FaultKind::Stop);
}

#[test]
fn postgres_without_the_store() {
    run_renewals(EngineKind::Postgres, FaultKind::StoreUnavailable(OUTAGE));
}

#[test]
fn postgres_with_a_silent_store() {
    run_renewals(EngineKind::Postgres, FaultKind::StoreHangs(OUTAGE));
}

#[test]
fn postgres_without_the_network() {
    run_renewals(EngineKind::Postgres, FaultKind::NetworkUnavailable(OUTAGE));
}

#[test]
fn file_killed() {
    run_renewals(EngineKind::File, FaultKind::Kill);
}

#[test]
fn file_stopped() {
    run_renewals(EngineKind::File, FaultKind::Stop);
}
