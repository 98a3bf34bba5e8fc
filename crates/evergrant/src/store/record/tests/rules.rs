//! Who has the lease, which token is the newest, and how long all of it is of use.

use std::time::Duration;

use super::{NOW, TERM, held_by, token};
use crate::error::SharedCause;
use crate::store::record::bounds::{CLOCK_TOLERANCE, LARGEST, LONGEST_PAUSE, LONGEST_USE, number_after};
use crate::store::record::{A_WHILE, Failure, FleetRefusals, HeldLease, Pauses, Record, StoreTime, Urgency, millis};
use crate::store::{Lease, StoreGeneration};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_lease_is_taken_when_nobody_has_it_and_only_then() {
    let mut record = Record::default();
    assert!(record.take_lease("a", NOW, TERM).is_some());
    assert_eq!(record.lease_left(NOW + SECOND, TERM), Some(2 * SECOND));
    assert!(record.take_lease("b", NOW + TERM - SECOND, TERM).is_none());
    assert!(
        record.take_lease("a", NOW + TERM - SECOND, TERM).is_none(),
        "not even its owner"
    );
    assert_eq!(record.lease_left(NOW + TERM, TERM), None);
    assert!(record.take_lease("b", NOW + TERM, TERM).is_some());
}

#[test]
fn each_lease_has_a_greater_number_even_if_the_record_was_lost_or_the_clock_set_back() {
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
fn a_lease_that_somebody_took_over_is_worth_nothing() {
    let mut record = Record::default();
    let late = take(&mut record, "a", NOW);
    assert!(record.honours(&late));
    let new = take(&mut record, "b", NOW + HOUR);
    let before = format!("{record:?}");
    assert!(!record.honours(&late));
    assert!(!record.extend_lease(&late, NOW + HOUR, TERM));
    assert!(!record.end_lease(&late));
    assert_eq!(format!("{record:?}"), before);
    record.put(token(1, None), &new);
    assert!(!record.honours(&late), "after the new owner has saved, too");
}

#[test]
fn a_lease_that_ran_out_is_good_until_somebody_takes_it() {
    let mut record = Record::default();
    let lease = take(&mut record, "a", NOW);
    assert!(record.honours(&lease));
    assert!(record.extend_lease(&lease, NOW + HOUR, TERM));
    assert_eq!(record.lease_left(NOW + HOUR, TERM), Some(TERM));
}

#[test]
fn a_lease_outlives_the_record_and_saves_but_is_not_extended() {
    let mut lost = Record::default();
    let lease = take(&mut Record::default(), "a", NOW);
    assert!(lost.honours(&lease));
    assert!(!lost.extend_lease(&lease, NOW, TERM));
    assert!(!lost.end_lease(&lease));
}

#[test]
fn a_lease_that_is_given_back_is_free_and_cannot_be_extended() {
    let mut record = Record::default();
    let lease = take(&mut record, "a", NOW);
    assert!(record.end_lease(&lease));
    assert!(!record.end_lease(&lease));
    assert!(!record.extend_lease(&lease, NOW, TERM));
    assert!(record.take_lease("b", NOW, TERM).is_some());
}

#[test]
fn of_two_members_with_one_number_the_holder_has_the_lease() {
    let mut record = held_by("a", NOW + TERM);
    let same_number = Lease {
        fence: 7,
        owner: "b".into(),
    };
    assert!(!record.honours(&same_number));
    assert!(!record.end_lease(&same_number));
    assert!(record.honours(&Lease {
        fence: 7,
        owner: "a".into()
    }));
}

#[test]
fn what_should_last_longer_than_it_was_to_is_over() {
    let mut record = held_by("a", NOW + TERM);
    record.failure = Some(failure(NOW));
    record.token = Some(token(1, None));
    let a_little = NOW - CLOCK_TOLERANCE;
    assert!(record.lease_left(a_little, TERM).is_some());
    assert!(record.failure(a_little, Urgency::HasToken).is_some());
    assert!(record.token(a_little).is_some());
    let set_back = NOW - HOUR;
    assert!(record.lease_left(set_back, TERM).is_none());
    assert!(record.failure(set_back, Urgency::HasToken).is_none());
    assert!(record.token(set_back).is_none());
    assert!(record.take_lease("b", set_back, TERM).is_some());
}

#[test]
fn a_failure_is_remembered_for_less_long_by_those_without_a_token() {
    let record = Record {
        failure: Some(failure(NOW)),
        ..Record::default()
    };
    let left = |after, urgency| record.failure(NOW + after, urgency).map(|(_, left)| left);
    assert_eq!(left(SECOND, Urgency::HasToken), Some(9 * SECOND));
    assert_eq!(left(SECOND, Urgency::NoToken), Some(4 * SECOND));
    assert_eq!(left(5 * SECOND, Urgency::NoToken), None);
    assert_eq!(left(10 * SECOND, Urgency::HasToken), None);
}

#[test]
fn a_generation_is_greater_than_the_last_and_than_any_before_a_loss() {
    let mut record = Record::default();
    let first = record.next_generation(NOW);
    assert_eq!(first.0, millis(NOW));
    record.token = Some(token(first.0, None));
    assert!(record.next_generation(NOW) > first);
    assert!(record.next_generation(NOW - HOUR) > first);
    assert!(Record::default().next_generation(NOW + SECOND) > record.next_generation(NOW));
}

#[test]
fn a_new_token_ends_the_lease_the_failure_and_the_mark_of_the_old_one() {
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
fn a_record_is_kept_for_as_long_as_anything_in_it_is_of_use_and_a_while() {
    assert_eq!(Record::default().keep(NOW), A_WHILE);
    assert_eq!(held_by("a", NOW + TERM).keep(NOW), TERM + A_WHILE);
    let with = |token| Record {
        token: Some(token),
        ..Record::default()
    };
    assert_eq!(with(token(1, Some(NOW + HOUR))).keep(NOW), HOUR + A_WHILE);
    assert_eq!(with(token(1, Some(NOW - HOUR))).keep(NOW), A_WHILE);
    assert_eq!(with(token(1, None)).keep(NOW), LONGEST_USE + A_WHILE);
    let mut renewable = token(1, Some(NOW + HOUR));
    renewable.renewable = true;
    assert_eq!(with(renewable).keep(NOW), LONGEST_USE + A_WHILE);
    let failed = Record {
        failure: Some(failure(NOW)),
        ..Record::default()
    };
    assert_eq!(failed.keep(NOW), 10 * SECOND + A_WHILE);
}

#[test]
fn a_lease_of_a_term_that_nobody_has_set_lasts_for_one_of_ours() {
    let left = |until: StoreTime, term: Duration, after: Duration| {
        let record = Record {
            lease: Some(HeldLease {
                owner: "a".to_owned(),
                until,
                term,
            }),
            ..Record::default()
        };
        record.lease_left(NOW + after, TERM)
    };
    // A process with a setting of its own.
    assert_eq!(left(NOW + 2 * TERM, 2 * TERM, SECOND), Some(2 * TERM - SECOND));
    // Nobody's.
    assert_eq!(left(NOW + HOUR, HOUR, SECOND), Some(TERM - SECOND));
    assert_eq!(left(NOW + HOUR, HOUR, TERM), None);
    let last = Duration::from_millis(LARGEST);
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
    // Where ours is shorter than usual, others with the usual one are not disturbed.
    let mut record = Record::default();
    record.take_lease("a", NOW, TERM).unwrap();
    assert!(record.take_lease("b", NOW + 2 * SECOND, SECOND / 10).is_none());
}

#[test]
fn a_failure_and_refusals_hold_for_no_longer_than_a_servers_word_would() {
    let last = Duration::from_millis(LARGEST);
    let mut record = Record {
        failure: Some(failure(NOW)),
        ..Record::default()
    };
    record.failure.as_mut().unwrap().pauses = Pauses {
        with_token: last,
        without_token: Duration::from_secs(9_000_000_000_000),
    };
    for urgency in [Urgency::HasToken, Urgency::NoToken] {
        let left = |after| record.failure(NOW + after, urgency).map(|(_, left)| left);
        assert_eq!(left(SECOND), Some(LONGEST_PAUSE - SECOND));
        assert_eq!(left(LONGEST_PAUSE), None);
    }
    record.failure.as_mut().unwrap().at = last;
    assert!(record.failure(NOW, Urgency::NoToken).is_none(), "of the future");
    record.refusals = Some(FleetRefusals {
        until: last,
        streak: u32::MAX,
    });
    assert!(!record.is_beyond_doubt(NOW));
}

#[test]
fn no_record_is_kept_for_longer_than_a_token_without_an_expiry() {
    let last = Duration::from_millis(LARGEST);
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
    assert_eq!(record.keep(NOW), LONGEST_USE + A_WHILE);
    let record = Record { token: None, ..record };
    assert_eq!(record.keep(NOW), LONGEST_PAUSE + A_WHILE);
}

#[test]
fn numbers_grow_and_start_over_where_there_is_none_greater() {
    assert_eq!(number_after(0, NOW), millis(NOW));
    assert_eq!(number_after(millis(NOW), NOW), millis(NOW) + 1);
    assert_eq!(number_after(LARGEST - 2, NOW), LARGEST - 1);
    for last in [LARGEST - 1, LARGEST, u64::MAX] {
        assert_eq!(number_after(last, NOW), millis(NOW));
    }
    assert!(number_after(0, Duration::MAX) < LARGEST);
}

#[test]
fn a_record_in_place_of_one_that_is_not_believed_goes_on_above_what_was_seen() {
    let seen = millis(NOW + HOUR);
    let mut record = Record::above(seen);
    assert!(record.next_generation(NOW).0 > seen);
    let lease = take(&mut record, "a", NOW);
    record.advance(NOW);
    assert!(lease.fence > seen && record.revision > seen);
}

fn take(record: &mut Record, owner: &str, now: StoreTime) -> Lease {
    record.take_lease(owner, now, TERM).expect("a lease that is free")
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
        asked_for: false,
    }
}
