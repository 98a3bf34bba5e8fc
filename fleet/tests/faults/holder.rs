//! The process that renews comes to grief, at every step of it; another one takes over.

use std::time::Duration;

use anyhow::Result;
use fleet::member::{Fault, Mishap, POINTS, Point};

use crate::support::{Kind, MAX_WAIT, SOON, World, all_at_once, keys, seconds};

const LIFETIME: Duration = seconds(6);
const LEASE: Duration = seconds(1);
/// So long that the lease is extended meanwhile.
const LATENCY: Duration = Duration::from_millis(500);

/// Longer than a lease.
const AWAY: Duration = Duration::from_millis(1500);

/// All members have a token. The first one is to renew it a little before the others would, and does not get far.
fn renewal(kind: Kind, mishap: Mishap) {
    let engine = kind.start();
    let url = engine.url();
    let keys = keys();
    all_at_once(&POINTS, |point| interrupted_renewal(&url, keys.clone(), *point, mishap));
}

fn interrupted_renewal(url: &str, keys: Option<String>, point: Point, mishap: Mishap) -> Result<()> {
    let mut world = World::new(url, LIFETIME, |settings| {
        settings.keys = keys;
        settings.lease_term = Some(LEASE);
        settings.renew_after = Some(0.5);
        settings.announce = true;
    });
    world.server.auth().latency(LATENCY);
    let first = world.crew.start_with(|settings| settings.renew_after = Some(0.4))?;
    world.crew.start_all(2)?;
    world.crew.wait_for_one_token(SOON, |_| true)?;
    let age = LIFETIME / 5;
    world.crew.member(first).suffer(Fault { point, mishap, age });
    world.crew.member(first).wait_for_mishap(SOON)?;
    let last = world.crew.member(first).journal().serial();
    world.crew.wait_for_one_token(SOON, |serial| serial > last)?;
    if mishap == Mishap::Stopped {
        // It goes on where it was, and finds that it is late.
        world.crew.member(first).resume();
        world.crew.wait_for_one_token(SOON, |serial| serial > last)?;
    }
    world.crew.finish()?;
    let evidence = world.evidence();
    evidence.all_calls_went_well(MAX_WAIT)?;
    evidence.no_update_was_lost()?;
    evidence.extra_requests_are_at_most(1, world.share(0.35))
}

#[test]
fn redis_killed() {
    renewal(Kind::Redis, Mishap::Killed);
}

#[test]
fn redis_stopped() {
    renewal(Kind::Redis, Mishap::Stopped);
}

#[test]
fn redis_without_the_store() {
    renewal(Kind::Redis, Mishap::StoreLost(AWAY));
}

#[test]
fn redis_with_a_silent_store() {
    renewal(Kind::Redis, Mishap::StoreSilent(AWAY));
}

#[test]
fn redis_without_the_network() {
    renewal(Kind::Redis, Mishap::NetworkLost(AWAY));
}

#[test]
fn postgres_killed() {
    renewal(Kind::Postgres, Mishap::Killed);
}

#[test]
fn postgres_stopped() {
    renewal(Kind::Postgres, Mishap::Stopped);
}

#[test]
fn postgres_without_the_store() {
    renewal(Kind::Postgres, Mishap::StoreLost(AWAY));
}

#[test]
fn postgres_with_a_silent_store() {
    renewal(Kind::Postgres, Mishap::StoreSilent(AWAY));
}

#[test]
fn postgres_without_the_network() {
    renewal(Kind::Postgres, Mishap::NetworkLost(AWAY));
}

#[test]
fn file_killed() {
    renewal(Kind::File, Mishap::Killed);
}

#[test]
fn file_stopped() {
    renewal(Kind::File, Mishap::Stopped);
}
