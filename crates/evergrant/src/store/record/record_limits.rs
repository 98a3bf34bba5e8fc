//! Limits for the size and the numbers of a record, which another party may have written.

use std::time::Duration;

use super::StoreTime;
use crate::retry_after;

/// Maximum size of a record in a token store, in bytes: 1 MiB. Longer records are neither written nor used.
///
/// A [`TokenStore`](super::super::TokenStore) may reject longer records.
pub const MAX_RECORD_SIZE: usize = 1024 * 1024;

/// Default lease duration: another process takes over when the holder stops extending it for this long.
pub(crate) const DEFAULT_LEASE_TERM: Duration = Duration::from_secs(3);
/// Maximum time for which a shared failure keeps a process from fetching: the same as for a server's own `Retry-After`.
pub(crate) const MAX_PAUSE: Duration = retry_after::MAX_RETRY_AFTER;
/// Maximum pause after rejected replays.
pub(super) const MAX_REJECTION_PAUSE: Duration = Duration::from_secs(60);
/// Default maximum time for which a record with a token is kept: that of a token without an expiry, or with a refresh
/// token.
pub(crate) const DEFAULT_RETENTION: Duration = Duration::from_secs(90 * 24 * 3600);

/// Maximum accepted lease duration of another process, as a multiple of our own.
const MAX_LEASE_FACTOR: u32 = 2;
/// Maximum difference between the clocks of an engine's servers.
pub(super) const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// The first invalid number, and the last time in milliseconds: the largest integer that every JSON reader represents
/// exactly.
pub(super) const MAX_NUMBER: u64 = (1 << 53) - 1;

/// The duration of another process's lease from its last extension, for a process with leases of `ours`. No process of
/// this fleet sets a duration that exceeds the accepted multiple, so `ours` replaces it.
pub(super) fn term(theirs: Duration, ours: Duration) -> Duration {
    let ours = ours.max(DEFAULT_LEASE_TERM);
    match theirs <= ours.saturating_mul(MAX_LEASE_FACTOR) {
        true => theirs,
        false => ours,
    }
}

/// The remaining part of a period of length `whole` that ends at `until`. If more than all of it remains, the engine's
/// clock was set back, and the period is considered over: one request too many is better than waiting indefinitely.
pub(super) fn remaining(until: StoreTime, whole: Duration, now: StoreTime) -> Option<Duration> {
    let left = until.saturating_sub(now);
    (!left.is_zero() && left <= whole.saturating_add(CLOCK_TOLERANCE)).then_some(left)
}

/// The number after `last`, or the time if that is greater, so that numbers grow even when the engine has lost the
/// record. After the last valid number, they start over at the time.
pub(super) fn next_number(last: u64, now: StoreTime) -> u64 {
    let now = millis(now).min(MAX_NUMBER - 1);
    let next = last.saturating_add(1).max(now);
    if is_valid(next) { next } else { now }
}

/// Returns whether a greater number exists.
pub(super) fn is_valid(number: u64) -> bool {
    number < MAX_NUMBER
}

/// Returns whether numbers start over after this one.
pub(crate) fn is_last(number: u64) -> bool {
    !is_valid(number.saturating_add(1))
}

pub(crate) fn millis(time: StoreTime) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(MAX_NUMBER).min(MAX_NUMBER)
}
