//! Failures of the authorization server are shared by all processes.

use std::time::Duration;

use evergrant::TimeLimits;
use evergrant::error::SharedFailureKind;
use evergrant::{ClientCredentials, Error};
use evergrant_testing::{Fault, MockResponse};

use super::support::{CLIENT, Fixture, common_token, request_tokens, seconds};

#[tokio::test]
async fn a_failure_is_shared_by_all_processes() {
    let fixture = Fixture::new();
    fixture.auth.always(MockResponse::new(503).body("try later"));
    let processes = fixture.processes(30);
    let outcomes = request_tokens(&processes).await;
    assert_eq!(fixture.requests(), 1);
    let shared = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Error::SharedFailure(_))))
        .count();
    assert_eq!(shared, 29);
    for error in outcomes.into_iter().map(Result::unwrap_err) {
        assert!(error.is_retryable() && error.to_string().contains("503"), "{error}");
    }
    // One more request after the shared back-off.
    fixture.clock.advance(seconds(2));
    request_tokens(&processes).await;
    assert_eq!(fixture.requests(), 2);
    fixture.auth.recover();
    fixture.clock.advance(seconds(6));
    common_token(&processes).await;
    assert_eq!(fixture.requests(), 3);
}

#[tokio::test]
async fn a_shared_failure_keeps_its_kind_code_and_hints() {
    for (response, failure, code, retryable) in [
        (
            MockResponse::new(400).json(r#"{"error":"invalid_scope"}"#),
            SharedFailureKind::Rejected,
            Some("invalid_scope"),
            false,
        ),
        (MockResponse::new(503), SharedFailureKind::Rejected, None, true),
        (
            MockResponse::new(200).body("hello"),
            SharedFailureKind::UnusableResponse,
            None,
            false,
        ),
    ] {
        let fixture = Fixture::new();
        fixture.auth.always(response);
        let first = fixture.process().token().await.unwrap_err();
        fixture.clock.advance(Duration::from_millis(100));
        let second = fixture.process().token().await.unwrap_err();
        let Error::SharedFailure(shared) = &second else {
            panic!("{second}")
        };
        assert_eq!((shared.kind(), shared.code()), (failure, code), "{second}");
        assert_eq!(
            (first.is_retryable(), second.is_retryable()),
            (retryable, retryable),
            "{second}"
        );
        assert!(
            shared.is_earlier() && second.to_string().contains("an earlier attempt"),
            "{second}"
        );
        let hints = first.to_string();
        let (_, hints) = hints.split_once("; ").unwrap();
        assert!(second.to_string().contains(hints), "{second}");
        assert_eq!(fixture.requests(), 1);
    }
}

#[tokio::test]
async fn retry_after_applies_to_the_whole_fleet() {
    let fixture = Fixture::new();
    fixture.auth.next(MockResponse::new(429).header("retry-after", "60"));
    let processes = fixture.processes(10);
    for error in request_tokens(&processes).await.into_iter().map(Result::unwrap_err) {
        let wait = error.retry_after().unwrap();
        assert!((seconds(59)..=seconds(60)).contains(&wait), "{wait:?}");
    }
    // A new process, and an explicit fetch.
    fixture.clock.advance(seconds(30));
    let late = fixture.process();
    let error = late.token().await.unwrap_err();
    assert!(
        matches!(&error, Error::SharedFailure(_)) && error.retry_after() <= Some(seconds(30)),
        "{error}"
    );
    assert!(late.fetch_token().await.is_err());
    fixture.clock.advance(seconds(28));
    for outcome in request_tokens(&processes).await {
        outcome.unwrap_err();
    }
    assert_eq!(fixture.requests(), 1);
    fixture.clock.advance(seconds(20));
    common_token(&processes).await;
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_wrong_secret_in_one_process_does_not_affect_others() {
    let fixture = Fixture::new();
    let wrong = fixture.build(fixture.configured(ClientCredentials::builder(CLIENT, "not-the-secret")));
    assert!(matches!(wrong.token().await, Err(Error::OAuthProvider(error)) if error.code() == Some("invalid_client")));
    let processes = fixture.processes(3);
    let token = common_token(&processes).await;
    assert_eq!(fixture.requests(), 2);
    // The process adopts the shared token when it next reads the store.
    fixture.wait_until(|| wrong.store_key().is_some()).await;
    assert_eq!(super::support::value(&wrong.token().await.unwrap()), token);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_failing_renewal_is_attempted_by_one_process_at_a_time() {
    let fixture = Fixture::new();
    let processes = fixture.processes(20);
    let first = common_token(&processes).await;
    fixture.auth.always(MockResponse::new(503));
    fixture.clock.advance(seconds(3600 * 79 / 100));
    // Five minutes of failures, in steps of one second.
    for _ in 0..300 {
        assert_eq!(common_token(&processes).await, first);
        fixture.settle(&processes).await;
        fixture.clock.advance(seconds(1));
    }
    // The fleet as a whole retries after 1, 2, 4, 8, 16 and then every 30 seconds.
    assert!(
        (6..=20).contains(&fixture.requests()),
        "{} requests",
        fixture.requests()
    );
}

#[tokio::test]
async fn the_lease_of_a_killed_process_is_taken_over() {
    let fixture = Fixture::new();
    fixture.auth.next(Fault::Hang);
    let killed = fixture.process();
    let first_call = tokio::spawn({
        let killed = killed.clone();
        async move { killed.token().await }
    });
    fixture.auth.wait_for_token_requests(1).await;
    // As by `kill -9`: the flight ends with its manager, and the lease is not released.
    first_call.abort();
    let _ = first_call.await;
    drop(killed);
    let processes = fixture.processes(5);
    let call = tokio::spawn({
        let processes = processes.clone();
        async move { common_token(&processes).await }
    });
    let waited = fixture
        .advance_until(Duration::from_millis(100), || call.is_finished())
        .await;
    call.await.unwrap();
    assert!((seconds(2)..seconds(5)).contains(&waited), "{waited:?}");
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_slow_fetch_keeps_extending_its_lease() {
    let fixture = Fixture::new();
    let processes: Vec<_> = (0..5)
        .map(|_| {
            fixture.build(
                fixture
                    .builder()
                    .time_limits(TimeLimits::new().attempt(seconds(14)).wait(seconds(20))),
            )
        })
        .collect();
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let processes = processes.clone();
        async move { common_token(&processes).await }
    });
    fixture.auth.wait_for_token_requests(1).await;
    for _ in 0..100 {
        fixture.clock.advance(Duration::from_millis(100));
        fixture.clock.settle().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(
        fixture.requests(),
        1,
        "no other process fetches for ten seconds, three lease terms"
    );
    hold.release();
    fixture
        .advance_until(Duration::from_millis(100), || call.is_finished())
        .await;
    call.await.unwrap();
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_late_save_does_not_replace_a_newer_token() {
    let fixture = Fixture::new();
    // The lease is not extended, because the clock jumps past its end.
    let late = fixture.build(
        fixture
            .builder()
            .time_limits(TimeLimits::new().attempt(seconds(14)).wait(seconds(14))),
    );
    let hold = fixture.auth.hold();
    let first_call = tokio::spawn({
        let late = late.clone();
        async move { late.token().await }
    });
    fixture.auth.wait_for_token_requests(1).await;
    fixture.clock.suspend(seconds(4));
    let other = fixture.process();
    let call = tokio::spawn({
        let other = other.clone();
        async move { other.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    hold.release();
    let (late_token, newest) = (first_call.await.unwrap().unwrap(), call.await.unwrap().unwrap());
    let fresh = common_token(&fixture.processes(3)).await;
    assert_eq!(fresh, super::support::value(&newest));
    assert_ne!(fresh, super::support::value(&late_token));
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn sharing_a_failure_does_not_extend_its_retry_after() {
    let fixture = Fixture::new();
    let processes = fixture.processes(2);
    fixture.auth.next(MockResponse::new(429).header("retry-after", "60"));
    processes[0].fetch_token().await.unwrap_err();
    fixture.clock.advance(seconds(50));
    processes[0].token().await.unwrap_err();
    let error = processes[1].token().await.unwrap_err();
    assert!(error.retry_after() <= Some(seconds(10)), "{error}");
    assert_eq!(fixture.requests(), 1);
    // Includes the random fifth that each process adds to a pause.
    fixture.clock.advance(seconds(13));
    processes[1].token().await.unwrap();
}

#[tokio::test]
async fn a_call_for_a_longer_lifetime_does_not_get_an_expired_failure() {
    let fixture = Fixture::new();
    let processes = fixture.processes(2);
    common_token(&processes).await;
    fixture.clock.advance(seconds(3600 * 79 / 100));
    fixture.auth.next_n(5, MockResponse::new(503));
    // The pause between renewals has doubled several times.
    while fixture.requests() < 6 {
        for process in &processes {
            process.token().await.unwrap();
        }
        fixture.settle(&processes).await;
        fixture.clock.advance(seconds(1));
    }
    fixture.clock.advance(seconds(7));
    // A read of the store is in progress, and finds no newer token.
    fixture.store.set_delay(Duration::from_millis(500));
    fixture.store.notify(processes[0].store_key().unwrap());
    processes[0].token().await.unwrap();
    assert!(processes[0].status().fetching);
    let call = tokio::spawn({
        let process = processes[0].clone();
        async move { process.token_valid_for(seconds(3000)).await }
    });
    fixture
        .advance_until(Duration::from_millis(100), || call.is_finished())
        .await;
    call.await.unwrap().unwrap();
}
