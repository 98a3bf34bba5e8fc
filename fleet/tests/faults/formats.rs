//! Processes of two versions share a store: what the other one wrote is left alone, or kept.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use evergrant::Secret;
use evergrant::store::{SharedStore, Swap, SwapOutcome};
use serde_json::Value;

use crate::support::{Kind, MAX_WAIT, SOON, World, all_at_once, block_on, seconds};

const MEMBERS: usize = 4;
const KEEP: Duration = seconds(3600);

/// Changes the record, as a process of another version would.
fn rewrite(store: &SharedStore, world: &World, change: impl Fn(Option<&str>) -> String) -> Result<String> {
    let key = world.key();
    block_on(async {
        for _ in 0..100 {
            let record = store.load(&key).await?.record;
            let new = change(record.as_ref().map(Secret::expose));
            let swap = Swap::new(record, Some(new.clone().into()), KEEP);
            if store.swap(&key, swap).await? == SwapOutcome::Done {
                return Ok(new);
            }
        }
        anyhow::bail!("the record changes all the time")
    })
}

fn record(store: &SharedStore, world: &World) -> Result<Option<String>> {
    let loaded = block_on(store.load(&world.key()))?;
    Ok(loaded.record.map(|record| record.expose().to_owned()))
}

fn a_newer_versions_record_is_left_alone(kind: Kind) -> Result<()> {
    let engine = kind.start();
    let mut world = World::new(&engine.url(), seconds(5), |_| {});
    let store = evergrant_store::store(&engine.url()).danger_plaintext().build()?;
    world.crew.start_all(MEMBERS)?;
    world.crew.wait_for_one_token(SOON, |_| true)?;
    // They see it when they are to renew, and each does without the store then.
    let newer = rewrite(&store, &world, |_| {
        format!(r#"{{"evergrant":2,"key":"{}","everything":"else"}}"#, world.key())
    })?;
    let before = world.newest_serial();
    let fetched = |journal: &fleet::crew::Journal| journal.serial() > before;
    world.crew.wait_for_all("a token of its own", SOON, fetched)?;
    ensure!(record(&store, &world)?.as_ref() == Some(&newer), "it was overwritten");
    // The newer version is taken back.
    let swap = Swap::new(Some(newer.into()), None, Duration::ZERO);
    ensure!(block_on(store.swap(&world.key(), swap))? == SwapOutcome::Done);
    let before = world.newest_serial();
    world.crew.wait_for_one_token(SOON, |serial| serial > before)?;
    world.crew.finish()?;
    let evidence = world.evidence();
    evidence.all_calls_went_well(MAX_WAIT)?;
    evidence.no_member_asked_twice_within(world.share(0.6))?;
    evidence.extra_requests_are_at_most(2 * MEMBERS, world.share(0.62))
}

fn what_a_newer_version_has_added_is_kept(kind: Kind) -> Result<()> {
    let engine = kind.start();
    let mut world = World::new(&engine.url(), seconds(4), |_| {});
    let store = evergrant_store::store(&engine.url()).danger_plaintext().build()?;
    world.crew.start_all(MEMBERS)?;
    world.crew.wait_for_one_token(SOON, |_| true)?;
    rewrite(&store, &world, |record| {
        let mut record: Value = serde_json::from_str(record.unwrap()).unwrap();
        record["colour"] = serde_json::json!({ "name": "blue", "since": 7 });
        record.to_string()
    })?;
    world.crew.wait_for_one_token(SOON, |serial| serial >= 3)?;
    world.crew.finish()?;
    let left = record(&store, &world)?.context("there is no record any more")?;
    let left: Value = serde_json::from_str(&left)?;
    ensure!(
        left["colour"] == serde_json::json!({ "name": "blue", "since": 7 }),
        "it was dropped"
    );
    let evidence = world.evidence();
    evidence.all_calls_went_well(MAX_WAIT)?;
    evidence.no_update_was_lost()?;
    evidence.extra_requests_are_at_most(0, world.share(0.62))
}

#[test]
fn a_newer_versions_record_is_left_alone_and_done_without() {
    all_at_once(&Kind::ALL, |kind| a_newer_versions_record_is_left_alone(*kind));
}

#[test]
fn what_a_newer_version_has_added_to_a_record_is_kept() {
    all_at_once(&Kind::ALL, |kind| what_a_newer_version_has_added_is_kept(*kind));
}
