//! Model checks of the lifecycle with loom: all interleavings of reads, fetches, dropped calls and rejections, up to a
//! number of preemptions. See CONTRIBUTING.md for how to run them.
//!
//! The models cover the lifecycle's lock, the slot, the entry's atomics, and wake-ups. Tokio's channels are not
//! instrumented: each of their operations is one step.

mod fixture;

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::HeaderMap;
use loom::future::block_on;
use loom::thread;

use self::fixture::{Fixture, spawn};
use crate::{Error, Rejection, TokenManager};

#[test]
fn loom_cold_callers_share_one_request() {
    check(|| {
        let fixture = Fixture::default();
        let tokens = fixture.tokens();
        let other = {
            let tokens = tokens.clone();
            spawn(move || block_on(tokens.token()).unwrap().generation())
        };
        let generation = block_on(tokens.token()).unwrap().generation();
        assert_eq!(other.join().unwrap(), generation);
        assert_eq!(fixture.requests(), 1);
    });
}

#[test]
fn loom_cold_callers_share_one_failure() {
    check(|| {
        let fixture = Fixture::failing();
        let tokens = fixture.tokens();
        let other = {
            let tokens = tokens.clone();
            spawn(move || block_on(tokens.token()).unwrap_err())
        };
        assert!(matches!(block_on(tokens.token()), Err(Error::OAuthProvider(_))));
        assert!(matches!(other.join().unwrap(), Error::OAuthProvider(_)));
        assert_eq!(
            fixture.requests(),
            1,
            "the second caller joins the flight, or gets the cached error"
        );
    });
}

#[test]
fn loom_readers_always_see_a_token_while_a_renewal_completes() {
    check(|| {
        let fixture = Fixture::default();
        let tokens = fixture.tokens_with_renewal_due();
        let reader = {
            let tokens = tokens.clone();
            spawn(move || {
                let first = authorized(&tokens);
                let second = authorized(&tokens);
                assert!(first <= second, "a newer token is never followed by an older one");
            })
        };
        authorized(&tokens);
        reader.join().unwrap();
        while tokens.status().generation.0 != 2 {
            thread::yield_now();
        }
        assert_eq!(fixture.requests(), 1);
    });
}

#[test]
fn loom_a_dropped_call_does_not_stop_the_flight() {
    check(|| {
        let fixture = Fixture::default();
        let tokens = fixture.tokens();
        let dropped_call = {
            let tokens = tokens.clone();
            spawn(move || {
                let mut call = Box::pin(tokens.token());
                // Polls once and drops the call.
                block_on(poll_fn(|context| {
                    let _ = call.as_mut().poll(context);
                    Poll::Ready(())
                }));
            })
        };
        dropped_call.join().unwrap();
        assert_eq!(block_on(tokens.token()).unwrap().generation().0, 1);
        assert_eq!(fixture.requests(), 1);
    });
}

#[test]
fn loom_a_rejection_and_a_renewal_share_one_request() {
    check(|| {
        let fixture = Fixture::default();
        let tokens = fixture.tokens_with_renewal_due();
        let old = tokens.status().generation;
        let rejecting = {
            let tokens = tokens.clone();
            spawn(move || tokens.reject(old))
        };
        // Starts the renewal, unless the token is rejected first.
        tokens.authorize_now(&mut HeaderMap::new());
        let rejection = rejecting.join().unwrap();
        let now = block_on(tokens.token()).unwrap().generation();
        if rejection == Rejection::Accepted {
            assert!(now > old, "a rejected token is not served again");
        }
        assert_eq!(
            tokens.reject(old),
            if now > old {
                Rejection::Superseded
            } else {
                Rejection::Accepted
            }
        );
        assert_eq!(fixture.requests(), 1);
    });
}

#[test]
fn loom_two_rejections_of_one_generation_share_one_request() {
    check(|| {
        let fixture = Fixture::default();
        let tokens = fixture.tokens_of_age(Duration::from_secs(60));
        let old = tokens.status().generation;
        let reject_and_fetch = move |tokens: &TokenManager| {
            tokens.reject(old);
            block_on(tokens.token()).unwrap().generation()
        };
        let other = {
            let tokens = tokens.clone();
            spawn(move || reject_and_fetch(&tokens))
        };
        assert_eq!(reject_and_fetch(&tokens), other.join().unwrap());
        assert_eq!(fixture.requests(), 1);
    });
}

#[test]
fn loom_a_dropped_task_fails_its_waiting_callers() {
    check(|| {
        let fixture = Fixture::dropping_tasks();
        let tokens = fixture.tokens();
        assert!(matches!(block_on(tokens.token()), Err(Error::Aborted(_))));
    });
}

#[test]
fn loom_dropping_the_manager_stops_its_flight() {
    check(|| {
        let fixture = Fixture::default();
        let tokens = fixture.tokens_with_renewal_due();
        authorized(&tokens);
        drop(tokens);
        assert!(fixture.requests() <= 1);
    });
}

/// Authorizes a call, and returns the generation of its token. There must be one.
fn authorized(tokens: &TokenManager) -> crate::Generation {
    let mut headers = HeaderMap::new();
    let generation = tokens.authorize_now(&mut headers).expect("a valid token is served");
    assert!(headers.contains_key("authorization"));
    generation
}

fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(3);
    let model = Arc::new(model);
    // In a new thread, because building a manager needs more stack than loom's first thread has.
    builder.check(move || {
        let model = Arc::clone(&model);
        spawn(move || model()).join().unwrap();
    });
}
