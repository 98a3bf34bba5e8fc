//! The `metrics` facade; without the feature, nothing at all.

use std::time::Duration;

/// A name and one of a few values: never an id, an address or a key, of which there may be any number.
pub(super) type Label = (&'static str, &'static str);

/// For what costs something before the facade is reached.
pub(super) const ENABLED: bool = cfg!(feature = "metrics");

#[cfg(feature = "metrics")]
pub(super) fn count(name: &'static str, labels: &[Label]) {
    metrics::counter!(target: "evergrant", name, labels).increment(1);
}

#[cfg(feature = "metrics")]
pub(super) fn measure(name: &'static str, labels: &[Label], duration: Duration) {
    metrics::histogram!(target: "evergrant", name, labels).record(duration);
}

#[cfg(not(feature = "metrics"))]
pub(super) fn count(_: &'static str, _: &[Label]) {}

#[cfg(not(feature = "metrics"))]
pub(super) fn measure(_: &'static str, _: &[Label], _: Duration) {}
