//! How soon callers are served again after the server was down, and what they cost it meanwhile.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use evergrant::TokenManager;
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, Fault};

use crate::support::{World, seconds};

/// Ten calls a second.
const EVERY: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
struct Figures {
    /// Requests during the outage.
    requests: usize,
    /// Calls that failed after it.
    failed: usize,
    /// From the server's return to the first success.
    recovered: Duration,
}

/// One call, which makes the clock move on where it waits for it.
async fn call(world: &World, tokens: &TokenManager) -> bool {
    let tokens = tokens.clone();
    let mut call = Box::pin(async move { tokens.token().await.is_ok() });
    // A failure that is remembered, or a cached token, comes at once.
    if let Poll::Ready(outcome) = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
        return outcome;
    }
    let call = tokio::spawn(call);
    world.clock.settle().await;
    world
        .until(|| {
            if !call.is_finished() && world.clock.sleepers() > 2 {
                // A retry's pause.
                world.clock.advance(Duration::from_millis(1));
            }
            call.is_finished()
        })
        .await;
    call.await.unwrap()
}

async fn outage(lasts: Duration, fault: Fault) -> Figures {
    let world = World::new();
    let tokens = world.builder().retries(2).build(Transport::default()).unwrap();
    world.auth.always(fault);
    let ticks = u32::try_from(lasts.as_millis() / EVERY.as_millis()).unwrap();
    for _ in 0..ticks {
        assert!(!call(&world, &tokens).await);
        world.clock.advance(EVERY);
    }
    let mut figures = Figures {
        requests: world.requests(),
        ..Figures::default()
    };
    world.auth.recover();
    while !call(&world, &tokens).await {
        figures.failed += 1;
        figures.recovered += EVERY;
        world.clock.advance(EVERY);
    }
    assert_eq!(world.requests(), figures.requests + 1);
    figures
}

#[tokio::test]
async fn after_an_outage_callers_fail_for_little_more_than_a_second_and_cost_a_request_a_second_meanwhile() {
    for fault in [Fault::from(Answer::new(503)), Fault::Reset] {
        for lasts in [1, 5, 20, 60] {
            let figures = outage(seconds(lasts), fault.clone()).await;
            println!("{lasts} s, {fault:?}: {figures:?}");
            assert!(
                figures.recovered <= Duration::from_millis(1200),
                "{lasts} s: {figures:?}"
            );
            // The first fetch has its retries; the others come 0.8 s apart at least.
            let most = 3 + usize::try_from(lasts * 10 / 8).unwrap();
            assert!(figures.requests <= most, "{lasts} s: {figures:?}");
        }
    }
}

#[tokio::test]
async fn nobody_asks_a_server_that_is_down_while_nobody_calls() {
    let world = World::new();
    world.auth.always(Answer::new(503));
    let tokens = world.tokens();
    tokens.token().await.unwrap_err();
    world.clock.advance(seconds(600));
    world.clock.settle().await;
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn a_manager_that_is_kept_warm_asks_a_server_that_is_down_less_and_less_often() {
    let world = World::new();
    world.auth.always(Answer::new(503));
    let tokens = world.tokens();
    let warm = tokens.keep_warm().unwrap();
    for _ in 0..600 {
        world
            .until(|| !tokens.status().fetching && world.clock.sleepers() == 1)
            .await;
        world.clock.advance(EVERY);
    }
    // After 1 s, 2 s, 4 s, and each 5 s from then on, give or take a fifth.
    assert!((10..=20).contains(&world.requests()), "{}", world.requests());
    drop(warm);
}
