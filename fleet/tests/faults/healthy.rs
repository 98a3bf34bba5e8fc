//! Nothing goes wrong: one request for each renewal, whatever the engine.

use crate::support::{Kind, MAX_WAIT, SOON, World, keys, seconds};

fn one_request_for_each_renewal(kind: Kind, keys: Option<String>) {
    let engine = kind.start();
    let mut world = World::new(&engine.url(), seconds(4), |settings| settings.keys = keys);
    world.crew.start_all(8).unwrap();
    for renewal in 1..=4 {
        world.crew.wait_for_one_token(SOON, |serial| serial >= renewal).unwrap();
    }
    world.crew.finish().unwrap();
    let evidence = world.evidence();
    evidence.all_calls_went_well(MAX_WAIT).unwrap();
    evidence.no_update_was_lost().unwrap();
    let intervals = evidence.intervals(world.share(0.66));
    assert_eq!(
        (intervals.extra, intervals.due),
        (0, evidence.requests.len()),
        "{evidence:?}"
    );
    assert!(intervals.due >= 4, "{evidence:?}");
}

#[test]
fn redis() {
    one_request_for_each_renewal(Kind::Redis, None);
}

#[test]
fn redis_with_encryption() {
    one_request_for_each_renewal(Kind::Redis, keys());
}

#[test]
fn postgres() {
    one_request_for_each_renewal(Kind::Postgres, None);
}

#[test]
fn postgres_with_encryption() {
    one_request_for_each_renewal(Kind::Postgres, keys());
}

#[test]
fn file() {
    one_request_for_each_renewal(Kind::File, None);
}
