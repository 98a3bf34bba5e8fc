//! The first process fails before any process has a token. The others fetch a token, and a late response to the first
//! process does not replace it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use evergrant::store::LeasedRecord;
use evergrant_store::KeyRing;
use store_faults::processes::EventLog;
use store_faults::worker::{Fault, FaultKind, Point, RENEWAL_POINTS, Step};

use crate::support::{EngineKind, Fixture, MAX_WAIT, OPERATION_TIMEOUT, TIMEOUT, block_on, keys, run_cases, seconds};

/// Latency of the server, long enough for the lease to be extended.
const LATENCY: Duration = Duration::from_millis(1500);

fn first_fetch(kind: EngineKind, fault: FaultKind) {
    let engine = kind.start();
    let url = engine.url();
    let keys = keys();
    run_cases(&RENEWAL_POINTS, |point| {
        interrupted_fetch(kind, &url, keys.clone().context("no keys")?, *point, fault)
    });
}

fn interrupted_fetch(kind: EngineKind, url: &str, keys: String, point: Point, fault: FaultKind) -> Result<()> {
    // The lifetime is long enough that no token is renewed during the test.
    let mut fixture = Fixture::new(url, seconds(120), |settings| {
        settings.keys = Some(keys.clone());
        settings.report_steps = true;
    });
    fixture.server.auth().latency(LATENCY);
    let first = fixture.fleet.start_with(|settings| {
        settings.fault = Some(Fault {
            point,
            kind: fault,
            min_token_age: Duration::ZERO,
        });
    })?;
    fixture.fleet.process(first).wait_for_fault(TIMEOUT)?;
    fixture.fleet.start_all(2)?;
    let serial = fixture.fleet.wait_for_one_token(TIMEOUT, |_| true)?;
    if fault == FaultKind::Stop {
        fixture.fleet.process(first).resume();
        let has_token = |events: &EventLog| (events.serial() > 0).then_some(());
        fixture.fleet.process(first).wait_for("a token", TIMEOUT, has_token)?;
        // If the process requested its token after the others did, it uses that token until the next renewal. Without
        // notifications it has no reason to read the record earlier.
        if kind != EngineKind::File && point != Point::after(Step::AcquireLease) {
            fixture.fleet.wait_for_one_token(TIMEOUT, |common| common == serial)?;
        }
    }
    ensure!(
        stored_serial(&fixture, url, &keys)? == serial,
        "another token replaced the token in the store\n{:?}",
        fixture.report()
    );
    fixture.fleet.finish()?;
    let report = fixture.report();
    for process in &report.processes[1..] {
        let tokens = fixture
            .fleet
            .index_of(&process.name)
            .map(|index| fixture.fleet.processes()[index].events().tokens());
        let serials: Vec<u64> = tokens.unwrap_or_default().iter().map(|(_, serial)| *serial).collect();
        ensure!(
            serials == [serial],
            "{} used the tokens {serials:?}\n{report:?}",
            process.name
        );
    }
    let requests = report.requests.len();
    ensure!(requests <= 2, "{requests} requests\n{report:?}");
    report.check_no_lost_updates()?;
    let saved = point == Point::after(Step::Save);
    ensure!(
        !saved || requests == 1,
        "the token was saved before the fault, but another one was fetched\n{report:?}"
    );
    // The calls of the first process may miss their deadlines while it is stopped.
    report.without_process(first).check_calls(MAX_WAIT)
}

/// Returns the serial number of the token in the store.
fn stored_serial(fixture: &Fixture, url: &str, keys: &str) -> Result<u64> {
    let store = evergrant_store::store(url).encryption(KeyRing::parse(keys)?).build()?;
    let record = LeasedRecord::new(store, fixture.key()).with_limit(OPERATION_TIMEOUT);
    let stored = block_on(record.load())?.context("there is no token in the store")?;
    Ok(store_faults::worker::serial(&stored.token))
}

#[test]
fn redis_killed() {
    first_fetch(EngineKind::Redis, FaultKind::Kill);
}

#[test]
fn redis_stopped() {
    first_fetch(EngineKind::Redis, FaultKind::Stop);
}

#[test]
fn postgres_killed() {
    first_fetch(EngineKind::Postgres, FaultKind::Kill);
}

#[test]
fn postgres_stopped() {
    first_fetch(EngineKind::Postgres, FaultKind::Stop);
}

#[test]
fn file_killed() {
    first_fetch(EngineKind::File, FaultKind::Kill);
}

#[test]
fn file_stopped() {
    first_fetch(EngineKind::File, FaultKind::Stop);
}
