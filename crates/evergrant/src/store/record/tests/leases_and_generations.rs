//! Rules for leases, generations and lifetimes.

use std::time::Duration;

use super::{NOW, TERM, held_by, token};
use crate::error::SharedCause;
use crate::store::record::record_limits::{CLOCK_TOLERANCE, DEFAULT_RETENTION, MAX_NUMBER, MAX_PAUSE, next_number};
use crate::store::record::{Failure, GRACE_PERIOD, HeldLease, Pauses, Record, RejectionPause, StoreTime, millis};
use crate::store::{Lease, StoreGeneration};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn with_token(pauses: &Pauses) -> Duration {
    pauses.with_token
}

fn without_token(pauses: &Pauses) -> Duration {
    pauses.without_token
}

#[test]
fn only_a_free_lease_is_acquired() {
    let mut record = Record::default();
    assert!(record.acquire_lease("a", NOW, TERM).is_some());
    assert_eq!(record.lease_remaining(NOW + SECOND, TERM), Some(2 * SECOND));
    assert!(record.acquire_lease("b", NOW + TERM - SECOND, TERM).is_none());
    assert!(
        record.acquire_lease("a", NOW + TERM - SECOND, TERM).is_none(),
        "not even its owner"
    );
    assert_eq!(record.lease_remaining(NOW + TERM, TERM), None);
    assert!(record.acquire_lease("b", NOW + TERM, TERM).is_some());
}

#[test]
fn fencing_numbers_grow_after_a_lost_record_and_a_clock_set_back() {
    let mut record = Record::default();
    let first = take(&mut record, "a", NOW);
    let second = take(&mut record, "b", NOW + TERM);
    assert!(second.fence > first.fence);
    let lost = take(&mut Record::default(), "c", NOW + TERM + SECOND);
    assert!(lost.fence > second.fence);
    let back = take(&mut record, "d", NOW - HOUR);
    assert!(back.fence > second.fence);
}

#[test]
fn a_lease_that_was_taken_over_has_no_effect() {
    let mut record = Record::default();
    let late = take(&mut record, "a", NOW);
    assert!(record.is_current(&late));
    let new = take(&mut record, "b", NOW + HOUR);
    let before = format!("{record:?}");
    assert!(!record.is_current(&late));
    assert!(!record.extend_lease(&late, NOW + HOUR, TERM));
    assert!(!record.release_lease(&late));
    assert_eq!(format!("{record:?}"), before);
    record.put(token(1, None), &new);
    assert!(!record.is_current(&late), "after the new owner has saved, too");
}

#[test]
fn an_expired_lease_is_valid_until_it_is_taken_over() {
    let mut record = Record::default();
    let lease = take(&mut record, "a", NOW);
    assert!(record.is_current(&lease));
    assert!(record.extend_lease(&lease, NOW + HOUR, TERM));
    assert_eq!(record.lease_remaining(NOW + HOUR, TERM), Some(TERM));
}

#[test]
fn a_lease_of_a_lost_record_saves_but_is_not_extended() {
    let mut lost = Record::default();
    let lease = take(&mut Record::default(), "a", NOW);
    assert!(lost.is_current(&lease));
    assert!(!lost.extend_lease(&lease, NOW, TERM));
    assert!(!lost.release_lease(&lease));
}

#[test]
fn only_a_held_lease_is_extended() {
    let mut record = held_by("a", NOW + TERM);
    let mut extend = |fence, owner: &str| {
        let owner = owner.into();
        record.extend_lease(&Lease { fence, owner }, NOW, TERM)
    };
    assert!(!extend(7, "b"), "of another process");
    assert!(!extend(6, "a"), "an older one");
    assert!(!extend(8, "a"), "a newer one, of a lost record");
    assert!(extend(7, "a"));
}

#[test]
fn a_released_lease_is_free_and_cannot_be_extended() {
    let mut record = Record::default();
    let lease = take(&mut record, "a", NOW);
    assert!(record.release_lease(&lease));
    assert!(!record.release_lease(&lease));
    assert!(!record.extend_lease(&lease, NOW, TERM));
    assert!(record.acquire_lease("b", NOW, TERM).is_some());
}

#[test]
fn of_two_processes_with_one_number_the_owner_holds_the_lease() {
    let mut record = held_by("a", NOW + TERM);
    let same_number = Lease {
        fence: 7,
        owner: "b".into(),
    };
    assert!(!record.is_current(&same_number));
    assert!(!record.release_lease(&same_number));
    assert!(record.is_current(&Lease {
        fence: 7,
        owner: "a".into()
    }));
}

#[test]
fn periods_end_when_the_clock_is_set_back() {
    let mut record = held_by("a", NOW + TERM);
    record.failure = Some(failure(NOW));
    record.token = Some(token(1, None));
    let a_little = NOW - CLOCK_TOLERANCE;
    assert!(record.lease_remaining(a_little, TERM).is_some());
    assert!(record.failure(a_little, with_token).is_some());
    assert!(record.token(a_little).is_some());
    let set_back = NOW - HOUR;
    assert!(record.lease_remaining(set_back, TERM).is_none());
    assert!(record.failure(set_back, with_token).is_none());
    assert!(record.token(set_back).is_none());
    assert!(record.acquire_lease("b", set_back, TERM).is_some());
}

#[test]
fn a_failure_has_a_shorter_pause_without_a_token() {
    let record = Record {
        failure: Some(failure(NOW)),
        ..Record::default()
    };
    let left = |after, pause: fn(&Pauses) -> Duration| record.failure(NOW + after, pause).map(|(_, left)| left);
    assert_eq!(left(SECOND, with_token), Some(9 * SECOND));
    assert_eq!(left(SECOND, without_token), Some(4 * SECOND));
    assert_eq!(left(5 * SECOND, without_token), None);
    assert_eq!(left(10 * SECOND, with_token), None);
}

#[test]
fn generations_grow_even_after_a_lost_record() {
    let mut record = Record::default();
    let first = record.next_generation(NOW);
    assert_eq!(first.0, millis(NOW));
    record.token = Some(token(first.0, None));
    assert!(record.next_generation(NOW) > first);
    assert!(record.next_generation(NOW - HOUR) > first);
    assert!(Record::default().next_generation(NOW + SECOND) > record.next_generation(NOW));
}

#[test]
fn a_new_token_ends_the_lease_the_failure_and_the_rejection() {
    let mut record = Record::default();
    let lease = take(&mut record, "a", NOW);
    record.failure = Some(failure(NOW));
    record.token = Some(token(1, None));
    assert!(record.reject(StoreGeneration(1)));
    record.put(token(2, None), &lease);
    assert!(record.lease.is_none() && record.failure.is_none());
    assert!(!record.token.as_ref().unwrap().rejected);
    assert!(!record.reject(StoreGeneration(1)), "an older one");
    assert!(record.reject(StoreGeneration(2)));
    assert!(!record.reject(StoreGeneration(2)), "not a second time");
}

#[test]
fn a_record_lives_as_long_as_its_content_is_useful() {
    assert_eq!(Record::default().ttl(NOW, DEFAULT_RETENTION), GRACE_PERIOD);
    assert_eq!(
        held_by("a", NOW + TERM).ttl(NOW, DEFAULT_RETENTION),
        TERM + GRACE_PERIOD
    );
    let with = |token| Record {
        token: Some(token),
        ..Record::default()
    };
    assert_eq!(
        with(token(1, Some(NOW + HOUR))).ttl(NOW, DEFAULT_RETENTION),
        HOUR + GRACE_PERIOD
    );
    assert_eq!(
        with(token(1, Some(NOW - HOUR))).ttl(NOW, DEFAULT_RETENTION),
        GRACE_PERIOD
    );
    assert_eq!(
        with(token(1, None)).ttl(NOW, DEFAULT_RETENTION),
        DEFAULT_RETENTION + GRACE_PERIOD
    );
    let mut renewable = token(1, Some(NOW + HOUR));
    renewable.renewable = true;
    assert_eq!(
        with(renewable).ttl(NOW, DEFAULT_RETENTION),
        DEFAULT_RETENTION + GRACE_PERIOD
    );
    let failed = Record {
        failure: Some(failure(NOW)),
        ..Record::default()
    };
    assert_eq!(failed.ttl(NOW, DEFAULT_RETENTION), 10 * SECOND + GRACE_PERIOD);
}

#[test]
fn a_lease_of_an_implausible_term_lasts_for_ours() {
    let left = |until: StoreTime, term: Duration, after: Duration| {
        let record = Record {
            lease: Some(HeldLease {
                owner: "a".to_owned(),
                until,
                term,
            }),
            ..Record::default()
        };
        record.lease_remaining(NOW + after, TERM)
    };
    // A process with another setting.
    assert_eq!(left(NOW + 2 * TERM, 2 * TERM, SECOND), Some(2 * TERM - SECOND));
    // Not of this fleet.
    assert_eq!(left(NOW + HOUR, HOUR, SECOND), Some(TERM - SECOND));
    assert_eq!(left(NOW + HOUR, HOUR, TERM), None);
    let last = Duration::from_millis(MAX_NUMBER);
    for (until, term) in [
        (last, last),
        (last, TERM),
        (last, last - NOW - HOUR),
        (NOW + HOUR, TERM),
        (NOW, last),
    ] {
        assert_eq!(left(until, term, SECOND), None, "until {until:?} for {term:?}");
    }
    assert_eq!(left(last, last - NOW, SECOND), Some(TERM - SECOND));
    // A process with shorter leases than usual does not take over others of the usual length.
    let mut record = Record::default();
    record.acquire_lease("a", NOW, TERM).unwrap();
    assert!(record.acquire_lease("b", NOW + 2 * SECOND, SECOND / 10).is_none());
}

#[test]
fn pauses_of_failures_and_rejections_are_bounded() {
    let last = Duration::from_millis(MAX_NUMBER);
    let mut record = Record {
        failure: Some(failure(NOW)),
        ..Record::default()
    };
    record.failure.as_mut().unwrap().pauses = Pauses {
        with_token: last,
        without_token: Duration::from_secs(9_000_000_000_000),
    };
    for pause in [with_token, without_token] as [fn(&Pauses) -> Duration; 2] {
        let left = |after| record.failure(NOW + after, pause).map(|(_, left)| left);
        assert_eq!(left(SECOND), Some(MAX_PAUSE - SECOND));
        assert_eq!(left(MAX_PAUSE), None);
    }
    record.failure.as_mut().unwrap().at = last;
    assert!(record.failure(NOW, without_token).is_none(), "of the future");
    record.rejection_pause = Some(RejectionPause {
        until: last,
        streak: u32::MAX,
    });
    assert!(!record.rejections_suppressed(NOW));
}

#[test]
fn no_record_lives_longer_than_a_token_without_an_expiry() {
    let last = Duration::from_millis(MAX_NUMBER);
    let record = Record {
        lease: Some(HeldLease {
            owner: "a".to_owned(),
            until: last,
            term: last,
        }),
        token: Some(token(1, Some(last))),
        failure: Some(Failure {
            at: last,
            ..failure(NOW)
        }),
        ..Record::default()
    };
    assert_eq!(record.ttl(NOW, DEFAULT_RETENTION), DEFAULT_RETENTION + GRACE_PERIOD);
    let record = Record { token: None, ..record };
    assert_eq!(record.ttl(NOW, DEFAULT_RETENTION), MAX_PAUSE + GRACE_PERIOD);
}

#[test]
fn numbers_start_over_after_the_last_valid_one() {
    assert_eq!(next_number(0, NOW), millis(NOW));
    assert_eq!(next_number(millis(NOW), NOW), millis(NOW) + 1);
    assert_eq!(next_number(MAX_NUMBER - 2, NOW), MAX_NUMBER - 1);
    for last in [MAX_NUMBER - 1, MAX_NUMBER, u64::MAX] {
        assert_eq!(next_number(last, NOW), millis(NOW));
    }
    assert!(next_number(0, Duration::MAX) < MAX_NUMBER);
}

#[test]
fn a_record_in_place_of_an_untrusted_one_has_greater_numbers() {
    let seen = millis(NOW + HOUR);
    let mut record = Record::empty_above(seen);
    assert!(record.next_generation(NOW).0 > seen);
    let lease = take(&mut record, "a", NOW);
    record.advance(NOW);
    assert!(lease.fence > seen && record.revision > seen);
}

fn take(record: &mut Record, owner: &str, now: StoreTime) -> Lease {
    record.acquire_lease(owner, now, TERM).expect("a free lease")
}

fn failure(at: StoreTime) -> Failure {
    Failure {
        at,
        pauses: Pauses {
            with_token: 10 * SECOND,
            without_token: 5 * SECOND,
        },
        count: 1,
        message: "the server is down".to_owned(),
        cause: SharedCause::unknown(),
        server_requested: false,
    }
}
