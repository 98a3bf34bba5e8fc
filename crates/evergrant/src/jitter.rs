//! Random jitter for pauses, so that the processes of a fleet do not act at the same time. Not for secrets.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Returns a random number in `0.0..1.0`.
pub(crate) fn unit() -> f64 {
    // Each `RandomState` has new keys; an `f64` holds 53 bits.
    let bits = RandomState::new().hash_one(0_u8) >> 11;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let bits = bits as f64;
    bits / 9_007_199_254_740_992.0
}

/// Returns `duration` times `factor`. Saturates.
pub(crate) fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

/// Returns a random number between `1 - share` and `1 + share`.
pub(crate) fn around_one(share: f64) -> f64 {
    1.0 + share * (2.0 * unit() - 1.0)
}
