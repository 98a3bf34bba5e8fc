//! The first process of all comes to grief before anybody has a token: those who wait get one all the same, and what it had is not
//! put in the place of theirs, however late it comes.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use evergrant::store::Ledger;
use evergrant_store::KeyRing;
use fleet::member::{Fault, Mishap, POINTS, Point, Step};

use crate::support::{Kind, MAX_WAIT, SOON, World, all_at_once, block_on, keys, seconds};

const LEASE: Duration = seconds(1);
/// So long that the lease is extended meanwhile.
const LATENCY: Duration = Duration::from_millis(500);

fn first_request(kind: Kind, mishap: Mishap) {
    let engine = kind.start();
    let url = engine.url();
    let keys = keys();
    all_at_once(&POINTS, |point| {
        interrupted_start(kind, &url, keys.clone().context("no keys")?, *point, mishap)
    });
}

fn interrupted_start(kind: Kind, url: &str, keys: String, point: Point, mishap: Mishap) -> Result<()> {
    // Nothing is renewed while this is watched.
    let mut world = World::new(url, seconds(120), |settings| {
        settings.keys = Some(keys.clone());
        settings.lease_term = Some(LEASE);
        settings.announce = true;
    });
    world.server.auth().latency(LATENCY);
    let first = world.crew.start_with(|settings| {
        let age = Duration::ZERO;
        settings.fault = Some(Fault { point, mishap, age });
    })?;
    world.crew.member(first).wait_for_mishap(SOON)?;
    world.crew.start_all(2)?;
    let serial = world.crew.wait_for_one_token(SOON, |_| true)?;
    if mishap == Mishap::Stopped {
        world.crew.member(first).resume();
        let has_one = |journal: &fleet::crew::Journal| (journal.serial() > 0).then_some(());
        world.crew.member(first).wait_for("a token", SOON, has_one)?;
        // It keeps a token of its own until that is to be renewed if it asked for it later than the others did for theirs. Without
        // notifications it has no reason to look before.
        if kind != Kind::File && point != Point::after(Step::Lease) {
            world.crew.wait_for_one_token(SOON, |common| common == serial)?;
        }
    }
    ensure!(
        stored(&world, url, &keys)? == serial,
        "another token took its place\n{:?}",
        world.evidence()
    );
    world.crew.finish()?;
    let evidence = world.evidence();
    for member in &evidence.members[1..] {
        let tokens = world
            .crew
            .place(&member.name)
            .map(|place| world.crew.members()[place].journal().tokens());
        let serials: Vec<u64> = tokens.unwrap_or_default().iter().map(|(_, serial)| *serial).collect();
        ensure!(
            serials == [serial],
            "{} had tokens {serials:?}\n{evidence:?}",
            member.name
        );
    }
    let requests = evidence.requests.len();
    ensure!(requests <= 2, "{requests} requests\n{evidence:?}");
    evidence.no_update_was_lost()?;
    let saved = point == Point::after(Step::Save);
    ensure!(!saved || requests == 1, "a token had been saved already\n{evidence:?}");
    // What was stopped for long may find its deadline passed.
    evidence.without(first).all_calls_went_well(MAX_WAIT)
}

/// The server's number of the token in the store.
fn stored(world: &World, url: &str, keys: &str) -> Result<u64> {
    let store = evergrant_store::store(url).encryption(KeyRing::parse(keys)?).build()?;
    let stored = block_on(Ledger::new(store, world.key()).load())?.context("there is no token in the store")?;
    Ok(fleet::member::serial(&stored.token))
}

#[test]
fn redis_killed() {
    first_request(Kind::Redis, Mishap::Killed);
}

#[test]
fn redis_stopped() {
    first_request(Kind::Redis, Mishap::Stopped);
}

#[test]
fn postgres_killed() {
    first_request(Kind::Postgres, Mishap::Killed);
}

#[test]
fn postgres_stopped() {
    first_request(Kind::Postgres, Mishap::Stopped);
}

#[test]
fn file_killed() {
    first_request(Kind::File, Mishap::Killed);
}

#[test]
fn file_stopped() {
    first_request(Kind::File, Mishap::Stopped);
}
