//! The store is lost, hangs, and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::Token;
use evergrant_testing::LogCapture;

use crate::support::{Mood, World, common, seconds, value};

#[tokio::test]
async fn without_the_store_a_cold_member_fetches_for_itself() {
    let world = World::new();
    world.store.is(Mood::Failing);
    let member = world.member();
    let asked = tokio::spawn({
        let member = member.clone();
        async move { member.token().await }
    });
    let waited = world
        .pass_until(Duration::from_millis(20), || asked.is_finished())
        .await;
    asked.await.unwrap().unwrap();
    assert!(waited <= Duration::from_millis(600), "{waited:?}");
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn a_store_that_hangs_costs_a_call_a_second_and_not_its_deadline() {
    let world = World::new();
    world.store.is(Mood::Hanging);
    for member in world.members(3) {
        let asked = tokio::spawn({
            let member = member.clone();
            async move { member.token().await }
        });
        let waited = world
            .pass_until(Duration::from_millis(50), || asked.is_finished())
            .await;
        asked.await.unwrap().unwrap();
        assert!(waited <= Duration::from_millis(1700), "{waited:?}");
    }
}

#[tokio::test]
async fn while_a_store_is_away_it_is_asked_only_now_and_then() {
    let world = World::new();
    let member = world.member();
    member.token().await.unwrap();
    world.store.is(Mood::Failing);
    let before = world.store.operations();
    world.clock.advance(seconds(3600 * 79 / 100));
    for _ in 0..600 {
        member.token().await.unwrap();
        world.rest(std::slice::from_ref(&member)).await;
        world.clock.advance(Duration::from_millis(100));
    }
    let asked = world.store.operations() - before;
    assert!((4..=12).contains(&asked), "{asked} operations in a minute");
}

#[tokio::test]
async fn a_renewal_without_the_store_waits_for_the_last_part_of_the_tokens_life_and_is_spread_over_it() {
    let world = World::new();
    let members = world.members(40);
    let first = common(&members).await;
    world.store.is(Mood::Failing);
    world.clock.advance(seconds(3600 * 79 / 100));
    let mut by_minute = Vec::new();
    // Up to the hard deadline.
    for _ in 0..740 {
        for member in &members {
            member.token().await.unwrap();
        }
        world.rest(&members).await;
        by_minute.push(world.requests());
        world.clock.advance(seconds(1));
    }
    assert!(
        world.requests() <= 41,
        "each member renews once: {} requests",
        world.requests()
    );
    assert!(world.requests() >= 38, "{} requests", world.requests());
    let busiest = by_minute
        .windows(60)
        .map(|minute| minute[59] - minute[0])
        .max()
        .unwrap();
    assert!(busiest <= 16, "{busiest} in one minute");
    for member in &members {
        assert_ne!(value(&member.token().await.unwrap()), first);
    }
}

#[tokio::test]
async fn a_store_that_is_back_before_that_has_cost_nothing() {
    let world = World::new();
    let members = world.members(10);
    let first = common(&members).await;
    world.store.is(Mood::Failing);
    world.clock.advance(seconds(3600 * 76 / 100));
    common(&members).await;
    world.rest(&members).await;
    world.store.is(Mood::Well);
    let logs = LogCapture::new();
    let _installed = logs.install();
    for _ in 0..120 {
        for member in &members {
            member.token().await.unwrap();
        }
        world.rest(&members).await;
        world.clock.advance(seconds(1));
    }
    assert!(!logs.named("evergrant.store_recovered").is_empty());
    assert_ne!(common(&members).await, first);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_store_that_can_be_read_and_not_written_to_counts_as_lost() {
    let world = World::new();
    world.store.is(Mood::ReadOnly);
    let member = world.member();
    let asked = tokio::spawn({
        let member = member.clone();
        async move { member.token().await }
    });
    world
        .pass_until(Duration::from_millis(20), || asked.is_finished())
        .await;
    asked.await.unwrap().unwrap();
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn a_store_that_goes_away_before_the_token_is_saved_costs_nobody_the_token() {
    let world = World::new();
    let member = world.member();
    let hold = world.auth.hold();
    let asked = tokio::spawn({
        let member = member.clone();
        async move { member.token().await }
    });
    world.auth.wait_for_token_requests(1).await;
    world.store.is(Mood::Failing);
    hold.release();
    asked.await.unwrap().unwrap();
    world.store.is(Mood::Well);
    // The others find the lease that nobody gave back, and then no token.
    let members = world.members(3);
    let asked = tokio::spawn(async move { common(&members).await });
    world
        .pass_until(Duration::from_millis(100), || asked.is_finished())
        .await;
    asked.await.unwrap();
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_store_that_has_lost_its_data_costs_one_request_at_the_next_renewal() {
    let world = World::new();
    let members = world.members(10);
    let first = common(&members).await;
    let ledger = evergrant::store::Ledger::new(world.store.clone(), members[0].store_key().unwrap().clone());
    assert!(ledger.clear().await.unwrap());
    assert_eq!(common(&members).await, first, "what they have is good");
    world.rest(&members).await;
    world.clock.advance(seconds(3600 * 79 / 100));
    for _ in 0..10 {
        for member in &members {
            member.token().await.unwrap();
        }
        world.rest(&members).await;
        world.clock.advance(seconds(1));
    }
    assert_ne!(common(&members).await, first);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_renewal_without_the_store_comes_in_time_where_only_the_expiry_is_known() {
    let world = World::new();
    let provided = Arc::new(AtomicUsize::new(0));
    let provide = {
        let (clock, provided) = (world.clock.clone(), Arc::clone(&provided));
        move |_, _| {
            provided.fetch_add(1, Ordering::SeqCst);
            let token = Token::new("not-a-real-token").with_expires_at(clock.wall() + seconds(3600));
            async move { Ok(token) }
        }
    };
    let member = world.build(world.builder().token_provider(provide).renew_after(0.75));
    member.token().await.unwrap();
    world.store.is(Mood::Failing);
    // Up to its last minutes, and not to the moment in which callers have to wait.
    world.clock.advance(seconds(3600 * 79 / 100));
    for _ in 0..738 {
        member.token().await.unwrap();
        world.rest(std::slice::from_ref(&member)).await;
        world.clock.advance(seconds(1));
    }
    assert_eq!(provided.load(Ordering::SeqCst), 2);
}
