//! Pauses after failures, after rejected replays, and the budget of rejections.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::*;
use crate::error::SharedFailureError;

fn at(second: u64) -> Timestamp {
    Timestamp::new(UNIX_EPOCH, seconds(second))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn error(status: Option<u16>, has_retry_after: bool) -> Error {
    let error = SharedFailureError::example(status, seconds(10), has_retry_after);
    Error::SharedFailure(Arc::new(error))
}

/// Returns a failure at second 100 that pauses for this time.
fn failure(error: Error, pause: u64) -> CachedFailure {
    CachedFailure {
        error,
        at: at(100),
        with_token: seconds(pause),
        without_token: seconds(pause),
    }
}

#[test]
fn each_setting_sets_one_pause() {
    let default = FailureBackoff::default();
    let pause = seconds(7);
    assert_eq!(FailureBackoff::new(), default);
    let first = FailureBackoff {
        first: pause,
        ..default
    };
    assert_eq!(default.first(pause), first);
    let max = FailureBackoff { max: pause, ..default };
    assert_eq!(default.max(pause), max);
    let max_without_token = FailureBackoff {
        max_without_token: pause,
        ..default
    };
    assert_eq!(default.max_without_token(pause), max_without_token);
    let after_rejection = FailureBackoff {
        after_rejection: pause,
        ..default
    };
    assert_eq!(default.after_rejection(pause), after_rejection);
}

#[test]
fn a_failure_is_cached_until_its_pause_ends() {
    let failure = failure(error(None, false), 10);
    for (now, cached) in [(100, true), (109, true), (110, false), (111, false)] {
        assert_eq!(failure.fails_fast(at(now)), cached, "{now}");
        assert_eq!(failure.pauses_renewal(at(now)), cached, "{now}");
    }
}

#[test]
fn an_extra_pause_doubles_the_pause_by_at_most_a_second() {
    for (pause, with_extra) in [(0, 0), (1, 2), (10, 11)] {
        let failure = failure(error(None, false), pause).with_extra_pause();
        assert_eq!(failure.fails_fast_until().since_boot(), seconds(100 + with_extra));
        assert_eq!(failure.pauses_renewal_until().since_boot(), seconds(100 + with_extra));
    }
}

#[test]
fn a_transient_failure_is_recent_for_30_seconds() {
    for (status, now, is_recent) in [
        (None, 129, true),
        (None, 130, false),
        (None, 131, false),
        (Some(401), 101, false),
    ] {
        assert_eq!(
            failure(error(status, false), 1).is_recent(at(now)),
            is_recent,
            "{status:?} {now}"
        );
    }
}

#[test]
fn new_credentials_end_the_pause_after_a_rejection_without_retry_after() {
    for (status, has_retry_after, ends) in [
        (Some(401), false, true),
        (Some(401), true, false),
        (None, false, false),
        (None, true, false),
    ] {
        let failure = failure(error(status, has_retry_after), 1);
        assert_eq!(
            failure.ends_with_new_credentials(),
            ends,
            "{status:?} {has_retry_after}"
        );
    }
}

/// Records a rejected replay, and returns the pause that follows.
fn reject_replay(suppression: &mut RenewalSuppression, now: u64) -> u64 {
    suppression.record_rejected_replay(at(now));
    (0..).find(|after| !suppression.is_active(at(now + after))).unwrap()
}

#[test]
fn the_pause_after_rejected_replays_doubles_up_to_a_minute() {
    let mut suppression = RenewalSuppression::default();
    assert!(!suppression.is_active(at(0)));
    let mut now = 0;
    for pause in [5, 10, 20, 40, 60, 60] {
        assert_eq!(reject_replay(&mut suppression, now), pause);
        assert_eq!(reject_replay(&mut suppression, now + 1), pause - 1, "during the pause");
        now += pause;
    }
    now += 60;
    assert_eq!(
        reject_replay(&mut suppression, now),
        60,
        "a minute after the last pause"
    );
    now += 60 + 61;
    assert_eq!(reject_replay(&mut suppression, now), 5, "later");
}

#[test]
fn an_accepted_replay_ends_the_suppression() {
    let mut suppression = RenewalSuppression::default();
    for now in [0, 5] {
        suppression.record_rejected_replay(at(now));
    }
    suppression.replay_accepted();
    assert!(!suppression.is_active(at(6)));
    assert_eq!(reject_replay(&mut suppression, 6), 5);
}

#[test]
fn the_suppression_is_extended_to_the_later_end() {
    for (first, second, end) in [(10, 20, 20), (20, 10, 20), (20, 20, 20)] {
        let mut suppression = RenewalSuppression::default();
        suppression.extend_to(at(first));
        suppression.extend_to(at(second));
        assert!(suppression.is_active(at(end - 1)) && !suppression.is_active(at(end)));
    }
}

#[test]
fn rejections_lead_to_five_renewals_at_once_and_one_a_minute_after_that() {
    let start = Timestamp::new(UNIX_EPOCH, Duration::from_secs(1000));
    let mut budget = RejectionBudget::default();
    let mut spent = |second| budget.try_spend(start.plus(Duration::from_secs(second)));
    let spending: Vec<_> = (0..3600).filter(|second| spent(*second)).collect();
    let expected: Vec<_> = (0..5).chain((60..3600).step_by(60)).collect();
    assert_eq!(spending, expected);
    // The budget refills to five, not more.
    let later = 100_000;
    assert_eq!((later..later + 30).filter(|second| spent(*second)).count(), 5);
}
