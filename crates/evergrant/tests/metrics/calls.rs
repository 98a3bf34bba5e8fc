//! What calls see of tokens: how long they wait, how much life is left, what APIs refuse.

use evergrant::{Rejection, ReplayOutcome, Token};
use evergrant_testing::Answer;
use http::HeaderMap;

use crate::alone;
use crate::exporter::Exporter;
use crate::support::{World, ask, seconds};

#[tokio::test]
async fn waits_are_measured_of_callers_who_had_to_wait() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    let member = alone(&world);
    let hold = world.auth.hold();
    let members = [member.clone(), member.clone()];
    let asked = tokio::spawn(async move { ask(&members).await });
    world.auth.wait_for_token_requests(1).await;
    // One that gives up, as with a timeout of its own.
    let impatient = tokio::spawn({
        let member = member.clone();
        async move { member.token().await }
    });
    world.clock.settle().await;
    world.clock.advance(seconds(2));
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    world.clock.advance(seconds(1));
    hold.release();
    for outcome in asked.await.unwrap() {
        outcome.unwrap();
    }
    exporter.shows(&[
        ("evergrant_wait_seconds_count{outcome=\"ok\"}", 2.0),
        ("evergrant_wait_seconds_sum{outcome=\"ok\"}", 6.0),
        ("evergrant_wait_seconds_count{outcome=\"abandoned\"}", 1.0),
        ("evergrant_wait_seconds_sum{outcome=\"abandoned\"}", 2.0),
    ]);

    // Those who are served at once, and those who are told of a failure that is remembered, have not waited.
    member.token().await.unwrap();
    member.token_valid_for(seconds(60)).await.unwrap();
    world.clock.advance(seconds(3600));
    world.auth.always(Answer::new(503));
    for _ in 0..3 {
        member.token().await.unwrap_err();
    }
    exporter.shows(&[
        ("evergrant_wait_seconds_count{outcome=\"ok\"}", 2.0),
        ("evergrant_wait_seconds_count{outcome=\"failed\"}", 1.0),
    ]);
}

#[tokio::test]
async fn keeping_warm_is_nobodys_wait() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    let member = world.member();
    let _warm = member.keep_warm().unwrap();
    world.until(|| member.status().tokens_obtained == 1).await;
    assert!(!exporter.text().contains("evergrant_wait_seconds"));
    assert!(!exporter.text().contains("evergrant_token_remaining_seconds"));
}

#[tokio::test]
async fn the_life_left_is_measured_at_a_tokens_first_use_and_at_one_of_61() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    let member = world.member();
    member.token().await.unwrap();
    exporter.shows(&[
        ("evergrant_token_remaining_seconds_count", 1.0),
        ("evergrant_token_remaining_seconds_sum", 3600.0),
    ]);
    world.clock.advance(seconds(1600));
    let mut headers = HeaderMap::new();
    for _ in 0..305 {
        member.authorize_now(&mut headers).unwrap();
        member.authorize(&mut headers).await.unwrap();
    }
    exporter.shows(&[
        ("evergrant_token_remaining_seconds_count", 11.0),
        ("evergrant_token_remaining_seconds_sum", 3600.0 + 10.0 * 2000.0),
    ]);
    world.clock.advance(seconds(2000));
    member.authorize(&mut headers).await.unwrap();
    exporter.shows(&[
        ("evergrant_token_remaining_seconds_count", 12.0),
        ("evergrant_token_remaining_seconds_sum", 2.0 * 3600.0 + 10.0 * 2000.0),
    ]);
}

#[tokio::test]
async fn a_token_without_an_expiry_has_no_life_left_to_measure() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    let member = world.build(world.builder().token(Token::new("not-a-real-token")));
    let mut headers = HeaderMap::new();
    for _ in 0..100 {
        member.authorize_now(&mut headers).unwrap();
    }
    assert!(!exporter.text().contains("evergrant_token_remaining_seconds"));
}

#[tokio::test]
async fn refusals_and_replays_are_counted_by_what_came_of_them() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    let member = world.member();
    let first = member.token().await.unwrap().generation();
    assert_eq!(member.reject(first), Rejection::Accepted);
    assert_eq!(member.reject(first), Rejection::Superseded);
    let second = member.token().await.unwrap().generation();
    member.replayed(second, ReplayOutcome::Accepted);
    member.replayed(second, ReplayOutcome::Refused);
    assert_eq!(member.reject(second), Rejection::Suppressed);
    exporter.shows(&[
        ("evergrant_rejections_total{outcome=\"accepted\"}", 1.0),
        ("evergrant_rejections_total{outcome=\"superseded\"}", 1.0),
        ("evergrant_rejections_total{outcome=\"suppressed\"}", 1.0),
        ("evergrant_replays_total{outcome=\"accepted\"}", 1.0),
        ("evergrant_replays_total{outcome=\"refused\"}", 1.0),
    ]);
}
