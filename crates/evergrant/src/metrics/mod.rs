//! Counters and histograms, for programs that install a recorder of the `metrics` facade. The names and labels are part
//! of the public interface (see the documentation of the crate).
//!
//! A recorder is foreign code, so no function of this module may be called under the lifecycle's lock.

#[cfg(feature = "metrics")]
mod describe;
mod error_labels;
mod fetch_reason;
mod metric_names;
mod metrics_facade;
mod sampled_token_use;
mod wait_time;

use std::time::Duration;

#[cfg(feature = "metrics")]
pub use self::describe::describe_metrics;
use self::error_labels::{error_kind, error_outcome};
pub(crate) use self::fetch_reason::{Reason, StoreOperation};
pub(crate) use self::sampled_token_use::UsageSampler;
pub(crate) use self::wait_time::WaitTimer;
use crate::error::{Error, StoreError};
use crate::token_rejection::{Rejection, ReplayOutcome};

/// Counts a fetched token.
pub(crate) fn fetched(reason: Reason, took: Duration) {
    fetch("ok", reason, took);
}

/// Counts a token adopted from another process.
pub(crate) fn adopted(reason: Reason, took: Duration) {
    fetch("adopted", reason, took);
}

pub(crate) fn fetch_failed(reason: Reason, error: &Error, took: Duration) {
    fetch(error_outcome(error), reason, took);
}

pub(crate) fn fetch_retried() {
    metrics_facade::count(metric_names::FETCH_RETRIES, &[]);
}

pub(crate) fn served_stale() {
    metrics_facade::count(metric_names::SERVED_STALE, &[]);
}

pub(crate) fn rejected(rejection: Rejection) {
    let outcome = match rejection {
        Rejection::Accepted => "accepted",
        Rejection::Superseded => "superseded",
        Rejection::Suppressed => "suppressed",
    };
    metrics_facade::count(metric_names::REJECTIONS, &[("outcome", outcome)]);
}

pub(crate) fn replayed(outcome: ReplayOutcome) {
    let outcome = match outcome {
        ReplayOutcome::Accepted => "accepted",
        ReplayOutcome::Rejected => "rejected",
    };
    metrics_facade::count(metric_names::REPLAYS, &[("outcome", outcome)]);
}

pub(crate) fn lease_acquired() {
    metrics_facade::count(metric_names::LEASES, &[("outcome", "acquired")]);
}

pub(crate) fn lease_held() {
    metrics_facade::count(metric_names::LEASES, &[("outcome", "held")]);
}

pub(crate) fn lease_lost() {
    metrics_facade::count(metric_names::LEASES, &[("outcome", "lost")]);
}

pub(crate) fn store_failed(operation: StoreOperation, error: &StoreError) {
    let labels = [("operation", operation.name()), ("kind", error_kind(error.kind()))];
    metrics_facade::count(metric_names::STORE_ERRORS, &labels);
}

pub(crate) fn store_recovered() {
    metrics_facade::count(metric_names::STORE_RECOVERIES, &[]);
}

pub(crate) fn store_record_ignored() {
    metrics_facade::count(metric_names::STORE_RECORDS_IGNORED, &[]);
}

fn fetch(outcome: &'static str, reason: Reason, took: Duration) {
    metrics_facade::count(
        metric_names::FETCHES,
        &[("outcome", outcome), ("reason", reason.name())],
    );
    metrics_facade::measure(metric_names::FETCH_SECONDS, &[("outcome", outcome)], took);
}
