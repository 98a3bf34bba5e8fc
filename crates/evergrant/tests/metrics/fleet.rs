//! Leases, and the store's troubles.

use std::time::Duration;

use evergrant::store::{StoreKey, Swap, TokenStore};
use evergrant::{Secret, TokenManager};
use evergrant_testing::Answer;

use crate::exporter::Exporter;
use crate::support::{Mood, World, ask, common, seconds};

/// What a member gives, for which time may have to pass.
async fn patiently(world: &World, member: &TokenManager) -> Result<evergrant::Token, evergrant::Error> {
    let member = member.clone();
    let asked = tokio::spawn(async move { member.token().await });
    world
        .pass_until(Duration::from_millis(100), || asked.is_finished())
        .await;
    asked.await.unwrap()
}

#[tokio::test]
async fn one_member_takes_the_lease_and_the_others_adopt_its_token() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    common(&world.members(5)).await;
    exporter.shows(&[
        ("evergrant_leases_total{outcome=\"acquired\"}", 1.0),
        ("evergrant_leases_total{outcome=\"held\"}", 4.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"missing\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"adopted\",reason=\"missing\"}", 4.0),
        ("evergrant_fetch_seconds_count{outcome=\"adopted\"}", 4.0),
    ]);
}

#[tokio::test]
async fn another_members_failure_is_remembered() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    world.auth.next(Answer::new(429).header("retry-after", "60"));
    for outcome in ask(&world.members(5)).await {
        outcome.unwrap_err();
    }
    exporter.shows(&[
        (
            "evergrant_fetches_total{outcome=\"rate_limited\",reason=\"missing\"}",
            1.0,
        ),
        (
            "evergrant_fetches_total{outcome=\"remembered\",reason=\"missing\"}",
            4.0,
        ),
    ]);
}

#[tokio::test]
async fn a_lease_that_another_member_took_over_is_lost() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    let late = world.build(world.builder().attempt_timeout(seconds(14)).max_wait(seconds(14)));
    let hold = world.auth.hold();
    let asking = tokio::spawn(async move { late.token().await });
    world.auth.wait_for_token_requests(1).await;
    world.clock.suspend(seconds(4));
    let other = world.member();
    let asked = tokio::spawn(async move { other.token().await });
    world.auth.wait_for_token_requests(2).await;
    hold.release();
    asking.await.unwrap().unwrap();
    asked.await.unwrap().unwrap();
    exporter.shows(&[
        ("evergrant_leases_total{outcome=\"acquired\"}", 2.0),
        ("evergrant_leases_total{outcome=\"lost\"}", 1.0),
    ]);
}

#[tokio::test]
async fn the_stores_failures_are_counted_by_operation_and_kind_and_so_is_its_return() {
    for (mood, operation, kind) in [
        (Mood::Failing, "load", "unavailable"),
        (Mood::Hanging, "load", "timeout"),
        (Mood::ReadOnly, "lease", "unavailable"),
    ] {
        let exporter = Exporter::new();
        let _listening = exporter.listen();
        let world = World::new();
        world.store.is(mood);
        let member = world.member();
        patiently(&world, &member).await.unwrap();
        let series = format!("evergrant_store_errors_total{{operation=\"{operation}\",kind=\"{kind}\"}}");
        exporter.shows(&[(&series, 1.0)]);
        exporter.shows(&[("evergrant_store_recoveries_total", 0.0)]);
        world.store.is(Mood::Well);
        world.clock.advance(seconds(3600));
        patiently(&world, &member).await.unwrap();
        exporter.shows(&[("evergrant_store_recoveries_total", 1.0)]);
    }
}

#[tokio::test]
async fn so_are_those_after_a_fetch() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    for (answer, operation) in [(None, "save"), (Some(Answer::new(503)), "release")] {
        let world = World::new();
        if let Some(answer) = answer {
            world.auth.next(answer);
        }
        let hold = world.auth.hold();
        let member = world.member();
        let asked = tokio::spawn(async move { member.token().await });
        world.auth.wait_for_token_requests(1).await;
        world.store.is(Mood::Failing);
        hold.release();
        let _ = asked.await.unwrap();
        let series = format!("evergrant_store_errors_total{{operation=\"{operation}\",kind=\"unavailable\"}}");
        exporter.shows(&[(&series, 1.0)]);
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_used_is_counted() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    let member = world.member();
    let key: StoreKey = member.store_key().unwrap().clone();
    let damaged = Swap::new(None, Some(Secret::new("not a record")), seconds(3600));
    world.store.swap(&key, damaged).await.unwrap();
    member.token().await.unwrap();
    assert!(exporter.value("evergrant_store_entries_refused_total") >= 1.0);
}
