//! Who has the lease, which token is the newest, and how long all of it is of use.

use std::time::Duration;

use super::{NOW, TERM, held_by, token};
use crate::store::record::{
    A_WHILE, CLOCK_TOLERANCE, Failure, LARGEST, LONG, Pauses, Record, StoreTime, Urgency, millis,
};
use crate::store::{Lease, StoreGeneration};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_lease_is_taken_when_nobody_has_it_and_only_then() {
    let mut record = Record::default();
    assert!(record.take_lease("a", NOW, TERM).is_some());
    assert_eq!(record.lease_left(NOW + SECOND), Some(2 * SECOND));
    assert!(record.take_lease("b", NOW + TERM - SECOND, TERM).is_none());
    assert!(
        record.take_lease("a", NOW + TERM - SECOND, TERM).is_none(),
        "not even its owner"
    );
    assert_eq!(record.lease_left(NOW + TERM), None);
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
    assert_eq!(record.lease_left(NOW + HOUR), Some(TERM));
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
    assert!(record.lease_left(a_little).is_some());
    assert!(record.failure(a_little, Urgency::HasToken).is_some());
    assert!(record.token(a_little).is_some());
    let set_back = NOW - HOUR;
    assert!(record.lease_left(set_back).is_none());
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
    assert_eq!(with(token(1, None)).keep(NOW), LONG + A_WHILE);
    let mut renewable = token(1, Some(NOW + HOUR));
    renewable.renewable = true;
    assert_eq!(with(renewable).keep(NOW), LONG + A_WHILE);
    let failed = Record {
        failure: Some(failure(NOW)),
        ..Record::default()
    };
    assert_eq!(failed.keep(NOW), 10 * SECOND + A_WHILE);
}

#[test]
fn a_lease_without_end_is_possible() {
    let mut record = Record::default();
    let lease = record.take_lease("a", NOW, Duration::MAX).unwrap();
    assert!(record.lease_left(NOW + HOUR).is_some());
    assert!(record.extend_lease(&lease, NOW + HOUR, Duration::MAX));
    let read = Record::read(&record.write(&super::key()), &super::key()).unwrap();
    assert!(read.lease_left(NOW + 2 * HOUR).is_some());
    assert_eq!(millis(read.lease.unwrap().until), LARGEST);
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
        asked_for: false,
    }
}
