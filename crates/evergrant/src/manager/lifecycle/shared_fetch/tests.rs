//! When a flight is lost or repeated, and which of its tasks ends it.

use super::*;
use crate::error::{Error, TransportError};
use crate::manager::fetch::FetchedBy;
use crate::manager::token_deadlines::Deadlines;
use crate::{ClientCredentials, Token, Transport};

/// A transport without a response.
#[derive(Debug)]
struct Hanging;

impl Transport for Hanging {
    async fn send(&self, _: http::Request<bytes::Bytes>) -> Result<http::Response<bytes::Bytes>, TransportError> {
        std::future::pending().await
    }
}

fn lifecycle() -> Arc<Lifecycle> {
    let builder = ClientCredentials::builder("client", "not-a-real-secret").token_url("https://auth.example.com/token");
    Arc::clone(&builder.build(Hanging).unwrap().lifecycle)
}

/// Returns a flight that started a minute ago for a background renewal, and its first task.
fn flight(lifecycle: &Arc<Lifecycle>) -> (Flight, FlightTask) {
    let started = lifecycle.runtime.now().minus(Duration::from_secs(60));
    let deadlines = Deadlines::of(&Token::new("t"), started, &lifecycle.policy.lifetime, None);
    let request = FetchRequest {
        mode: FetchMode::Fetch,
        reason: Reason::Renewal,
        priority: Priority::Background(deadlines),
        last: None,
        started,
    };
    Flight::new(lifecycle, 1, lifecycle.source.clone(), request)
}

fn aborted(lifecycle: &Lifecycle) -> Error {
    Error::Aborted(Arc::clone(&lifecycle.client))
}

#[test]
fn a_probe_is_stalled_until_a_task_answers_it() {
    let result = Arc::<SharedResult>::default();
    let waiter = Waiter::new(&result);
    assert_eq!(waiter.probe(), 1);
    assert!(result.is_stalled(1));
    assert_eq!(waiter.probe(), 2);
    result.mark_answered();
    assert!(!result.is_stalled(1) && !result.is_stalled(2) && result.is_stalled(3));
}

#[test]
fn a_flight_is_repeated_twice_for_waiters_whose_probes_are_stalled() {
    let lifecycle = lifecycle();
    let (mut flight, _first) = flight(&lifecycle);
    let waiter = flight.waiter();
    let other = Waiter::new(&Arc::default());
    let probe = waiter.probe();
    assert!(
        flight.repeat(&lifecycle, &other, probe, 2).is_none(),
        "of another flight"
    );
    flight.result().mark_answered();
    assert!(flight.repeat(&lifecycle, &waiter, probe, 2).is_none(), "answered");
    // A dropped task would end the flight.
    let mut tasks = Vec::new();
    for id in [2, 3] {
        let task = flight.repeat(&lifecycle, &waiter, waiter.probe(), id).unwrap();
        assert!(task.request.has_waiting_callers(), "callers wait from now on");
        assert!(task.request.started.since_boot() > flight.started().since_boot());
        assert!(flight.has_task(id));
        tasks.push(task);
    }
    assert!(
        flight.repeat(&lifecycle, &waiter, waiter.probe(), 4).is_none(),
        "repeated twice"
    );
}

#[test]
fn a_flight_with_a_result_is_lost_and_not_repeated() {
    let lifecycle = lifecycle();
    let (mut flight, _first) = flight(&lifecycle);
    let waiter = flight.waiter();
    flight.result().set(Err(aborted(&lifecycle)));
    assert!(flight.repeat(&lifecycle, &waiter, waiter.probe(), 2).is_none());
    assert!(flight.is_lost(flight.started()));
}

#[test]
fn a_flight_is_lost_after_its_limit() {
    let lifecycle = lifecycle();
    let (flight, _first) = flight(&lifecycle);
    let end = flight.started().plus(flight.limit());
    assert!(!flight.is_lost(end));
    assert!(flight.is_lost(end.plus(Duration::from_millis(1))));
}

#[test]
fn a_failure_of_a_stalled_task_leaves_the_flight_to_the_newest_one() {
    let lifecycle = lifecycle();
    let (mut flight, _first) = flight(&lifecycle);
    let waiter = flight.waiter();
    let _second = flight.repeat(&lifecycle, &waiter, waiter.probe(), 2).unwrap();
    let failed = || FetchOutcome::Failed(aborted(&lifecycle));
    let token = FetchOutcome::Token(Token::new("t"), FetchedBy::ThisProcess);
    assert!(!flight.has_task(3));
    assert!(!flight.continues_without(1, &token));
    assert!(flight.continues_without(1, &failed()));
    assert!(flight.has_task(2) && !flight.has_task(1));
    assert!(!flight.continues_without(2, &failed()));
}

#[tokio::test]
async fn a_task_that_takes_over_has_its_own_number() {
    let lifecycle = lifecycle();
    let (flight, _first) = flight(&lifecycle);
    let waiter = flight.waiter();
    {
        let mut state = lifecycle.lock();
        state.task_count = 1;
        state.flight = Some(flight);
    }
    lifecycle.take_over(&waiter, waiter.probe());
    let state = lifecycle.lock();
    assert_eq!(state.task_count, 2);
    assert!(state.flight.as_ref().unwrap().has_task(2));
}
