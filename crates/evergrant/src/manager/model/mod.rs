//! The lifecycle under every interleaving that loom can find, up to a number of preemptions: who reads, who fetches, who
//! gives up, who rejects. See CONTRIBUTING.md for how to run it.
//!
//! What is modelled: the lifecycle's lock, the slot, the entry's atomics, and every wake-up. Tokio's channels are taken as
//! they are: each of their operations is one step.

mod world;

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use http::HeaderMap;
use loom::future::block_on;
use loom::thread;

use self::world::World;
use crate::{Error, Rejection, TokenManager};

#[test]
fn loom_cold_callers_share_one_request() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens();
        let other = {
            let tokens = tokens.clone();
            thread::spawn(move || block_on(tokens.token()).unwrap().generation())
        };
        let generation = block_on(tokens.token()).unwrap().generation();
        assert_eq!(other.join().unwrap(), generation);
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_cold_callers_share_one_failure() {
    check(|| {
        let world = World::failing();
        let tokens = world.tokens();
        let other = {
            let tokens = tokens.clone();
            thread::spawn(move || block_on(tokens.token()).unwrap_err())
        };
        assert!(matches!(block_on(tokens.token()), Err(Error::OAuthProvider(_))));
        assert!(matches!(other.join().unwrap(), Error::OAuthProvider(_)));
        assert_eq!(
            world.requests(),
            1,
            "the second caller joins, or is told what is remembered"
        );
    });
}

#[test]
fn loom_a_reader_never_sees_a_gap_while_a_renewal_lands() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens_with_renewal_due();
        let reader = {
            let tokens = tokens.clone();
            thread::spawn(move || {
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
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_a_caller_that_gives_up_takes_nothing_with_it() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens();
        let impatient = {
            let tokens = tokens.clone();
            thread::spawn(move || {
                let mut call = Box::pin(tokens.token());
                // One look, and gone, whatever the flight is about to do.
                block_on(poll_fn(|context| {
                    let _ = call.as_mut().poll(context);
                    Poll::Ready(())
                }));
            })
        };
        impatient.join().unwrap();
        assert_eq!(block_on(tokens.token()).unwrap().generation().0, 1);
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_a_rejection_and_a_renewal_cost_one_request_between_them() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens_with_renewal_due();
        let old = tokens.status().generation;
        let rejecting = {
            let tokens = tokens.clone();
            thread::spawn(move || tokens.reject(old))
        };
        // Starts the renewal, unless the token is refused first.
        tokens.authorize_now(&mut HeaderMap::new());
        let rejection = rejecting.join().unwrap();
        let now = block_on(tokens.token()).unwrap().generation();
        if rejection == Rejection::Accepted {
            assert!(now > old, "what was rejected is not served again");
        }
        assert_eq!(
            tokens.reject(old),
            if now > old {
                Rejection::Superseded
            } else {
                Rejection::Accepted
            }
        );
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_two_rejections_of_one_generation_cost_one_request() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens_with(Duration::from_secs(60));
        let old = tokens.status().generation;
        let refused = move |tokens: &TokenManager| {
            tokens.reject(old);
            block_on(tokens.token()).unwrap().generation()
        };
        let other = {
            let tokens = tokens.clone();
            thread::spawn(move || refused(&tokens))
        };
        assert_eq!(refused(&tokens), other.join().unwrap());
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn loom_a_task_that_is_dropped_on_the_way_leaves_nobody_waiting() {
    check(|| {
        let world = World::dropping_tasks();
        let tokens = world.tokens();
        assert!(matches!(block_on(tokens.token()), Err(Error::Aborted(_))));
    });
}

#[test]
fn loom_a_manager_that_is_dropped_mid_flight_takes_the_flight_with_it() {
    check(|| {
        let world = World::default();
        let tokens = world.tokens_with_renewal_due();
        authorized(&tokens);
        drop(tokens);
        assert!(world.requests() <= 1);
    });
}

/// The generation with which a call goes out; there always is one.
fn authorized(tokens: &TokenManager) -> crate::Generation {
    let mut headers = HeaderMap::new();
    let generation = tokens.authorize_now(&mut headers).expect("a valid token is served");
    assert!(headers.contains_key("authorization"));
    generation
}

fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(3);
    builder.check(model);
}
