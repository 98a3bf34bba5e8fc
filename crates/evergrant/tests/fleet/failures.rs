//! The authorization server fails: once for all, and not once for each.

use std::time::Duration;

use evergrant::error::FleetFailure;
use evergrant::{ClientCredentials, Error};
use evergrant_testing::{Answer, Fault};

use crate::support::{CLIENT, World, ask, common, seconds};

#[tokio::test]
async fn a_failing_server_is_asked_once_and_all_members_are_told_at_once() {
    let world = World::new();
    world.auth.always(Answer::new(503).body("try later"));
    let members = world.members(30);
    let outcomes = ask(&members).await;
    assert_eq!(world.requests(), 1);
    let fleet = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Error::Fleet(_))))
        .count();
    assert_eq!(fleet, 29);
    for error in outcomes.into_iter().map(Result::unwrap_err) {
        assert!(error.is_retryable() && error.to_string().contains("503"), "{error}");
    }
    // And once again after the quiet window, whose length all of them know.
    world.clock.advance(seconds(2));
    ask(&members).await;
    assert_eq!(world.requests(), 2);
    world.auth.recover();
    world.clock.advance(seconds(6));
    common(&members).await;
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn a_remembered_failure_is_what_it_was_where_it_happened() {
    for (answer, failure, code, retryable) in [
        (
            Answer::new(400).json(r#"{"error":"invalid_scope"}"#),
            FleetFailure::Refused,
            Some("invalid_scope"),
            false,
        ),
        (Answer::new(503), FleetFailure::Refused, None, true),
        (
            Answer::new(200).body("hello"),
            FleetFailure::UnusableResponse,
            None,
            false,
        ),
    ] {
        let world = World::new();
        world.auth.always(answer);
        let first = world.member().token().await.unwrap_err();
        world.clock.advance(Duration::from_millis(100));
        let second = world.member().token().await.unwrap_err();
        let Error::Fleet(fleet) = &second else {
            panic!("{second}")
        };
        assert_eq!((fleet.failure(), fleet.code()), (failure, code), "{second}");
        assert_eq!(
            (first.is_retryable(), second.is_retryable()),
            (retryable, retryable),
            "{second}"
        );
        assert!(
            fleet.is_earlier() && second.to_string().contains("an earlier attempt"),
            "{second}"
        );
        // The hints too.
        let hints = first.to_string();
        let (_, hints) = hints.split_once("; ").unwrap();
        assert!(second.to_string().contains(hints), "{second}");
        assert_eq!(world.requests(), 1);
    }
}

#[tokio::test]
async fn the_servers_retry_after_holds_for_the_whole_fleet() {
    let world = World::new();
    world.auth.next(Answer::new(429).header("retry-after", "60"));
    let members = world.members(10);
    for error in ask(&members).await.into_iter().map(Result::unwrap_err) {
        let wait = error.retry_after().unwrap();
        assert!((seconds(59)..=seconds(60)).contains(&wait), "{wait:?}");
    }
    // A process that starts only now, and one that asks for itself.
    world.clock.advance(seconds(30));
    let late = world.member();
    let error = late.token().await.unwrap_err();
    assert!(
        matches!(&error, Error::Fleet(_)) && error.retry_after() <= Some(seconds(30)),
        "{error}"
    );
    assert!(late.fetch_token().await.is_err());
    world.clock.advance(seconds(28));
    for outcome in ask(&members).await {
        outcome.unwrap_err();
    }
    assert_eq!(world.requests(), 1);
    world.clock.advance(seconds(20));
    common(&members).await;
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn one_members_wrong_secret_is_nobody_elses_trouble() {
    let world = World::new();
    let wrong = world.build(world.configured(ClientCredentials::new(CLIENT, "not-the-secret")));
    assert!(matches!(wrong.token().await, Err(Error::OAuthProvider(error)) if error.code() == Some("invalid_client")));
    let members = world.members(3);
    let token = common(&members).await;
    assert_eq!(world.requests(), 2);
    // It has the fleet's token, too, as soon as it looks.
    world.until(|| wrong.store_key().is_some()).await;
    assert_eq!(crate::support::value(&wrong.token().await.unwrap()), token);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn while_a_token_is_valid_a_failing_renewal_is_tried_by_one_member_at_a_time() {
    let world = World::new();
    let members = world.members(20);
    let first = common(&members).await;
    world.auth.always(Answer::new(503));
    world.clock.advance(seconds(3600 * 79 / 100));
    // Five minutes of trouble, in steps of a second.
    for _ in 0..300 {
        assert_eq!(common(&members).await, first);
        world.rest(&members).await;
        world.clock.advance(seconds(1));
    }
    // One server, one pace: 1, 2, 4, 8, 16 and then every 30 seconds, and not that for each of twenty.
    assert!((6..=20).contains(&world.requests()), "{} requests", world.requests());
}

#[tokio::test]
async fn a_member_that_vanishes_while_it_fetches_is_replaced_after_its_lease() {
    let world = World::new();
    world.auth.next(Fault::Hang);
    let gone = world.member();
    let asking = tokio::spawn({
        let gone = gone.clone();
        async move { gone.token().await }
    });
    world.auth.wait_for_token_requests(1).await;
    // As by `kill -9`: the flight ends with its manager, and says goodbye to nobody.
    asking.abort();
    let _ = asking.await;
    drop(gone);
    let members = world.members(5);
    let asked = tokio::spawn({
        let members = members.clone();
        async move { common(&members).await }
    });
    let waited = world
        .pass_until(Duration::from_millis(100), || asked.is_finished())
        .await;
    asked.await.unwrap();
    assert!((seconds(2)..seconds(5)).contains(&waited), "{waited:?}");
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_slow_fetch_keeps_its_lease_for_as_long_as_it_takes() {
    let world = World::new();
    let members: Vec<_> = (0..5)
        .map(|_| world.build(world.builder().attempt_timeout(seconds(14)).max_wait(seconds(20))))
        .collect();
    let hold = world.auth.hold();
    let asked = tokio::spawn({
        let members = members.clone();
        async move { common(&members).await }
    });
    world.auth.wait_for_token_requests(1).await;
    for _ in 0..100 {
        world.clock.advance(Duration::from_millis(100));
        world.clock.settle().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(world.requests(), 1, "ten seconds, and three lease terms, later");
    hold.release();
    world
        .pass_until(Duration::from_millis(100), || asked.is_finished())
        .await;
    asked.await.unwrap();
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn a_late_writer_does_not_win() {
    let world = World::new();
    // Its lease is not extended: the store has nothing to say to it for a while.
    let late = world.build(world.builder().attempt_timeout(seconds(14)).max_wait(seconds(14)));
    let hold = world.auth.hold();
    let asking = tokio::spawn({
        let late = late.clone();
        async move { late.token().await }
    });
    world.auth.wait_for_token_requests(1).await;
    world.clock.suspend(seconds(4));
    let other = world.member();
    let asked = tokio::spawn({
        let other = other.clone();
        async move { other.token().await }
    });
    world.auth.wait_for_token_requests(2).await;
    hold.release();
    let (late_token, newest) = (asking.await.unwrap().unwrap(), asked.await.unwrap().unwrap());
    let fresh = common(&world.members(3)).await;
    assert_eq!(fresh, crate::support::value(&newest));
    assert_ne!(fresh, crate::support::value(&late_token));
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_retry_after_that_one_member_was_told_a_while_ago_grows_no_longer_when_it_is_shared() {
    let world = World::new();
    let members = world.members(2);
    world.auth.next(Answer::new(429).header("retry-after", "60"));
    members[0].fetch_token().await.unwrap_err();
    world.clock.advance(seconds(50));
    members[0].token().await.unwrap_err();
    let error = members[1].token().await.unwrap_err();
    assert!(error.retry_after() <= Some(seconds(10)), "{error}");
    assert_eq!(world.requests(), 1);
    // And the fifth by which each process draws its own end of a pause.
    world.clock.advance(seconds(13));
    members[1].token().await.unwrap();
}

#[tokio::test]
async fn a_job_that_has_its_own_need_is_not_given_a_failure_that_is_over_for_callers() {
    let world = World::new();
    let members = world.members(2);
    common(&members).await;
    world.clock.advance(seconds(3600 * 79 / 100));
    world.auth.next_n(5, Answer::new(503));
    // Far into the doubling of the pause between renewals.
    while world.requests() < 6 {
        for member in &members {
            member.token().await.unwrap();
        }
        world.rest(&members).await;
        world.clock.advance(seconds(1));
    }
    world.clock.advance(seconds(7));
    // A look at the store is under way, and finds nothing.
    world.store.takes(Duration::from_millis(500));
    world.store.tell(members[0].store_key().unwrap());
    members[0].token().await.unwrap();
    assert!(members[0].status().fetching);
    let asked = tokio::spawn({
        let member = members[0].clone();
        async move { member.token_valid_for(seconds(3000)).await }
    });
    world
        .pass_until(Duration::from_millis(100), || asked.is_finished())
        .await;
    asked.await.unwrap().unwrap();
}
