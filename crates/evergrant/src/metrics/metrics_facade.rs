//! Access to the `metrics` facade. Without the feature `metrics`, these functions do nothing.

use std::time::Duration;

/// A label: a name and one of a few values, and never an id, an address or a key, of which there are arbitrarily many.
pub(super) type Label = (&'static str, &'static str);

/// Whether metrics are compiled in; guards work that is needed only for metrics.
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
