//! Chance, so that a fleet of programs does not act in step. Nothing secret depends on it.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A number from 0 to just below 1.
pub(crate) fn unit() -> f64 {
    // Each `RandomState` is keyed anew; 53 bits are what a float holds.
    let bits = RandomState::new().hash_one(0_u8) >> 11;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let bits = bits as f64;
    bits / 9_007_199_254_740_992.0
}

/// `duration` times `factor`; a product that no duration can hold is the longest there is.
pub(crate) fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

/// A number within `share` of 1, so between `1 - share` and `1 + share`.
pub(crate) fn around_one(share: f64) -> f64 {
    1.0 + share * (2.0 * unit() - 1.0)
}
