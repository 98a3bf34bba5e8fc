//! What is believed of a record's numbers at most: somebody else may have written them.

use std::time::Duration;

use super::StoreTime;
use crate::retry_after;

/// The longest text that is read as a record, and written as one, in bytes.
///
/// A [`TokenStore`](super::super::TokenStore) may refuse to give a longer one.
pub const MAX_RECORD_SIZE: usize = 1024 * 1024;

/// How long a fetch may go on without a sign of life before another process takes over, unless it is set.
pub(crate) const LEASE_TERM: Duration = Duration::from_secs(3);
/// The longest time for which a remembered failure keeps a process from fetching: what a server itself could ask for.
pub(crate) const LONGEST_PAUSE: Duration = retry_after::LONGEST;
/// No pause after refusals is longer.
pub(super) const LONGEST_REFUSALS: Duration = Duration::from_secs(60);
/// How long a token is kept at most: as long as one without an expiry, or that can be refreshed.
pub(super) const LONGEST_USE: Duration = Duration::from_secs(90 * 24 * 3600);

/// How much longer than ours another process's lease may be meant to last.
const LEASE_FACTOR: u32 = 2;
/// By how much the clocks of an engine's servers may differ.
pub(super) const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// The first number that is not believed, and the last time in milliseconds: every reader of JSON can hold it.
pub(super) const LARGEST: u64 = (1 << 53) - 1;

/// How long a lease lasts from its last extension, for a process whose own leases last for `ours`. A term that is no small
/// multiple of that was set by no process of this fleet, and counts as ours.
pub(super) fn term(theirs: Duration, ours: Duration) -> Duration {
    let ours = ours.max(LEASE_TERM);
    match theirs <= ours.saturating_mul(LEASE_FACTOR) {
        true => theirs,
        false => ours,
    }
}

/// What is left of a time that was to last for so long. More than all of it means that the engine's clock was set back since,
/// and then it counts as over: waiting for nothing is worse than asking once too often.
pub(super) fn left_of(until: StoreTime, whole: Duration, now: StoreTime) -> Option<Duration> {
    let left = until.saturating_sub(now);
    (!left.is_zero() && left <= whole.saturating_add(CLOCK_TOLERANCE)).then_some(left)
}

/// The number after `last`: the time, if that is more, so that numbers grow even when the engine has lost the record. After the
/// greatest number that is believed, they start over at the time.
pub(super) fn number_after(last: u64, now: StoreTime) -> u64 {
    let now = millis(now).min(LARGEST - 1);
    let next = last.saturating_add(1).max(now);
    if is_believed(next) { next } else { now }
}

/// Whether a number leaves room for a greater one.
pub(super) fn is_believed(number: u64) -> bool {
    number < LARGEST
}

/// Whether the numbers after this one start over.
pub(crate) fn is_last(number: u64) -> bool {
    !is_believed(number.saturating_add(1))
}

pub(crate) fn millis(time: StoreTime) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(LARGEST).min(LARGEST)
}
