//! Refresh tokens that are good for one use: none is shown twice, and none is lost.

use std::time::Duration;

use evergrant::{Password, TokenManager};
use evergrant_testing::RefreshTokens;

use crate::support::{CLIENT, Mood, SECRET, World, common, seconds};

fn world() -> World {
    World::with(|server| {
        let server = server.user("jane", "not-a-real-password");
        server.refresh_tokens(RefreshTokens::Rotating)
    })
}

fn member(world: &World) -> TokenManager {
    let password = Password::new("jane", "not-a-real-password").client(CLIENT, SECRET);
    world.build(world.configured(password))
}

/// The refresh tokens that the server was shown.
fn shown(world: &World) -> Vec<String> {
    let requests = world.auth.requests();
    let shown = requests
        .iter()
        .filter_map(|request| request.form_value("refresh_token"));
    shown.map(|token| token.to_string()).collect()
}

fn assert_none_twice(world: &World, expected: usize) {
    let mut distinct = shown(world);
    distinct.sort();
    distinct.dedup();
    assert_eq!((shown(world).len(), distinct.len()), (expected, expected));
}

#[tokio::test]
async fn a_refresh_token_that_could_not_be_saved_is_not_forgotten_for_an_older_one() {
    let world = world();
    let member = member(&world);
    member.token().await.unwrap();
    world.clock.advance(seconds(3600));
    let hold = world.auth.hold();
    let asked = tokio::spawn({
        let member = member.clone();
        async move { member.token().await }
    });
    world.auth.wait_for_token_requests(2).await;
    world.store.is(Mood::Failing);
    hold.release();
    asked.await.unwrap().unwrap();
    world.store.is(Mood::Well);
    world.clock.advance(seconds(3600));
    member.token().await.unwrap();
    assert_none_twice(&world, 2);
    // And the fleet has it from here on.
    world.clock.advance(seconds(3600));
    self::member(&world).token().await.unwrap();
    assert_none_twice(&world, 3);
}

#[tokio::test]
async fn without_the_store_nobody_shows_the_refresh_token_that_all_of_them_have() {
    let world = world();
    let members = [member(&world), member(&world), member(&world)];
    common(&members).await;
    world.store.is(Mood::Failing);
    for round in 0..3 {
        world.clock.advance(seconds(3600));
        for member in members.clone() {
            let asked = tokio::spawn(async move { member.token().await });
            world
                .pass_until(Duration::from_millis(50), || asked.is_finished())
                .await;
            asked.await.unwrap().unwrap();
        }
        // Those that they have got by themselves since then are each one's own.
        assert_none_twice(&world, 3 * round);
    }
}

#[tokio::test]
async fn a_refresh_of_the_fleets_token_is_brought_to_its_end_when_its_manager_is_gone() {
    let world = world();
    member(&world).token().await.unwrap();
    world.clock.advance(seconds(3600));
    let hold = world.auth.hold();
    let gone = member(&world);
    let asked = tokio::spawn(async move { gone.token().await });
    world.auth.wait_for_token_requests(2).await;
    asked.abort();
    let _ = asked.await;
    hold.release();
    world.clock.settle().await;
    let next = member(&world);
    let asked = tokio::spawn(async move { next.token().await });
    world
        .pass_until(Duration::from_millis(100), || asked.is_finished())
        .await;
    asked.await.unwrap().unwrap();
    assert_eq!(world.requests(), 2, "the new token has been saved");
    assert_none_twice(&world, 1);
}
