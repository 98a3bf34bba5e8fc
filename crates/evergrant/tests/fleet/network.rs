//! One member does not get through to the server, and the others do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use evergrant::error::{TransportError, TransportErrorKind};
use evergrant::{TokenManager, Transport};

use crate::support::{Mood, World, seconds, value};

/// A way that leads nowhere, and counts who takes it.
#[derive(Debug, Clone, Default)]
struct NoWay(Arc<AtomicUsize>);

impl NoWay {
    fn tries(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Transport for NoWay {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(TransportError::new(TransportErrorKind::Connect, "no way"))
    }
}

/// Calls of both every 50 ms, until both have the same token. How long the one that does not get through went without.
async fn until_both_have_one(world: &World, cut_off: &TokenManager, other: &TokenManager) -> Duration {
    let mut passed = Duration::ZERO;
    while passed < seconds(60) {
        let outcomes = [cut_off.token().await, other.token().await];
        if let [Ok(ours), Ok(theirs)] = &outcomes {
            assert_eq!(value(ours), value(theirs));
            return passed;
        }
        world.rest(&[cut_off.clone(), other.clone()]).await;
        world.clock.advance(Duration::from_millis(50));
        passed += Duration::from_millis(50);
    }
    panic!("no token in {passed:?}");
}

#[tokio::test]
async fn one_that_does_not_get_through_leaves_the_next_try_to_another() {
    // Often enough that chance cannot have a hand in it.
    for _ in 0..20 {
        let (world, way) = (World::new(), NoWay::default());
        let (cut_off, other) = (world.member_over(way.clone()), world.member());
        cut_off.token().await.unwrap_err();
        let went_without = until_both_have_one(&world, &cut_off, &other).await;
        assert!(went_without <= Duration::from_millis(1500), "{went_without:?}");
        assert_eq!((way.tries(), world.requests()), (1, 1));
    }
}

#[tokio::test]
async fn a_renewal_that_does_not_get_through_is_left_to_another() {
    for _ in 0..20 {
        let (world, way) = (World::new(), NoWay::default());
        let (cut_off, other) = (world.member_over(way.clone()), world.member());
        let first = value(&other.token().await.unwrap());
        assert_eq!(value(&cut_off.token().await.unwrap()), first);
        world.clock.advance(seconds(3600 * 79 / 100));
        cut_off.token().await.unwrap();
        world.rest(std::slice::from_ref(&cut_off)).await;
        assert_eq!(way.tries(), 1);
        for _ in 0..40 {
            cut_off.token().await.unwrap();
            other.token().await.unwrap();
            world.rest(&[cut_off.clone(), other.clone()]).await;
            world.clock.advance(Duration::from_millis(50));
        }
        assert_ne!(value(&cut_off.token().await.unwrap()), first);
        assert_eq!((way.tries(), world.requests()), (1, 2));
    }
}

#[tokio::test]
async fn anothers_token_ends_a_failure_also_where_the_store_tells_of_no_changes() {
    let (world, way) = (World::new(), NoWay::default());
    world.store.tells_nobody();
    let (cut_off, other) = (world.member_over(way), world.member());
    // Again and again, so that its own pause is long by now.
    for _ in 0..4 {
        cut_off.token().await.unwrap_err();
        world.clock.advance(seconds(11));
    }
    cut_off.token().await.unwrap_err();
    world.clock.advance(seconds(6));
    let token = value(&other.token().await.unwrap());
    let mut passed = Duration::ZERO;
    while cut_off.token().await.is_err() {
        world.clock.advance(Duration::from_millis(50));
        passed += Duration::from_millis(50);
        assert!(passed <= Duration::from_millis(300), "{passed:?}");
    }
    assert_eq!(value(&cut_off.token().await.unwrap()), token);
}

#[tokio::test]
async fn a_store_that_hangs_makes_a_remembered_failure_no_slower() {
    let (world, way) = (World::new(), NoWay::default());
    // Failures are remembered for longer than the look at a store that hangs takes.
    let builder = world.builder().quiet_window(seconds(1), seconds(30), seconds(5));
    let member = builder.build(evergrant::SharedTransport::new(way)).unwrap();
    // Often enough that its own pause is long by now.
    for _ in 0..4 {
        member.token().await.unwrap_err();
        world.clock.advance(seconds(11));
    }
    member.token().await.unwrap_err();
    world.store.is(Mood::Hanging);
    world.clock.advance(seconds(2));
    // The first call has a look at the store; the others know that there is no use in it.
    let mut waits = Vec::new();
    for _ in 0..5 {
        let asked = tokio::spawn({
            let member = member.clone();
            async move { member.token().await }
        });
        waits.push(
            world
                .pass_until(Duration::from_millis(50), || asked.is_finished())
                .await,
        );
        asked.await.unwrap().unwrap_err();
    }
    assert!(waits[0] <= Duration::from_millis(1100), "{waits:?}");
    assert!(waits[1..].iter().all(Duration::is_zero), "{waits:?}");
}
