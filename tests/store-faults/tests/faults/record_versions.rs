//! Processes of two versions share a store. Unknown records are not overwritten, and unknown fields are preserved.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use evergrant::Secret;
use evergrant::store::{SharedStore, Swap, SwapOutcome};
use serde_json::Value;
use store_faults::processes::EventLog;

use crate::support::{EngineKind, Fixture, MAX_WAIT, TIMEOUT, block_on, run_cases, seconds};

const PROCESSES: usize = 4;
const RECORD_TTL: Duration = seconds(3600);

/// Replaces the record with `change(record)`, as a process of another version would.
fn rewrite(store: &SharedStore, fixture: &Fixture, change: impl Fn(Option<&str>) -> String) -> Result<String> {
    let key = fixture.key();
    block_on(async {
        for _ in 0..100 {
            let record = store.load(&key).await?.record;
            let new = change(record.as_ref().map(Secret::expose));
            let swap = Swap::new(record, Some(new.clone().into()), RECORD_TTL);
            if store.swap(&key, swap).await? == SwapOutcome::Done {
                return Ok(new);
            }
        }
        anyhow::bail!("the record changed during each of 100 attempts")
    })
}

fn record(store: &SharedStore, fixture: &Fixture) -> Result<Option<String>> {
    let loaded = block_on(store.load(&fixture.key()))?;
    Ok(loaded.record.map(|record| record.expose().to_owned()))
}

fn check_unknown_record(kind: EngineKind) -> Result<()> {
    let engine = kind.start();
    let mut fixture = Fixture::new(&engine.url(), seconds(10), |_| {});
    let store = evergrant_store::store(&engine.url()).danger_plaintext().build()?;
    fixture.fleet.start_all(PROCESSES)?;
    fixture.fleet.wait_for_one_token(TIMEOUT, |_| true)?;
    // The processes read this record at the next renewal, and each then fetches without the store.
    let newer = rewrite(&store, &fixture, |_| {
        format!(r#"{{"evergrant":2,"key":"{}","everything":"else"}}"#, fixture.key())
    })?;
    let before = fixture.newest_serial();
    let fetched = |events: &EventLog| events.serial() > before;
    fixture.fleet.wait_for_all("a separate token", TIMEOUT, fetched)?;
    ensure!(
        record(&store, &fixture)?.as_ref() == Some(&newer),
        "the record was overwritten"
    );
    // The newer version is rolled back.
    let swap = Swap::new(Some(newer.into()), None, Duration::ZERO);
    ensure!(block_on(store.swap(&fixture.key(), swap))? == SwapOutcome::Done);
    let before = fixture.newest_serial();
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > before)?;
    fixture.fleet.finish()?;
    let report = fixture.report();
    report.check_calls(MAX_WAIT)?;
    report.check_request_spacing(fixture.share(0.6))?;
    report.check_extra_requests(2 * PROCESSES, fixture.share(0.62))
}

fn check_unknown_field(kind: EngineKind) -> Result<()> {
    let engine = kind.start();
    let mut fixture = Fixture::new(&engine.url(), seconds(10), |_| {});
    let store = evergrant_store::store(&engine.url()).danger_plaintext().build()?;
    fixture.fleet.start_all(PROCESSES)?;
    fixture.fleet.wait_for_one_token(TIMEOUT, |_| true)?;
    rewrite(&store, &fixture, |record| {
        let mut record: Value = serde_json::from_str(record.unwrap()).unwrap();
        record["colour"] = serde_json::json!({ "name": "blue", "since": 7 });
        record.to_string()
    })?;
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial >= 3)?;
    fixture.fleet.finish()?;
    let record = record(&store, &fixture)?.context("the record is gone")?;
    let record: Value = serde_json::from_str(&record)?;
    ensure!(
        record["colour"] == serde_json::json!({ "name": "blue", "since": 7 }),
        "the unknown field was dropped"
    );
    let report = fixture.report();
    report.check_calls(MAX_WAIT)?;
    report.check_no_lost_updates()?;
    report.check_extra_requests(0, fixture.share(0.62))
}

#[test]
fn a_record_of_a_newer_version_is_not_overwritten() {
    run_cases(&EngineKind::ALL, |kind| check_unknown_record(*kind));
}

#[test]
fn unknown_fields_of_a_record_are_preserved() {
    run_cases(&EngineKind::ALL, |kind| check_unknown_field(*kind));
}
