//! The units and descriptions of the metrics.

use metrics::{Unit, describe_counter, describe_histogram};

use super::metric_names;

/// Registers the unit and the description of each metric with the installed recorder of the
/// [`metrics`](https://docs.rs/metrics) facade, for exporters that show them (such as Prometheus' `HELP`). Call it once
/// after the recorder is installed. The metrics work without this call. The documentation of the crate has a table of
/// all metrics.
///
/// ```
/// // After the exporter's own `install`:
/// evergrant::describe_metrics();
/// ```
pub fn describe_metrics() {
    let counters = [
        (metric_names::FETCHES, "Fetches of tokens, by outcome and reason."),
        (
            metric_names::FETCH_RETRIES,
            "Retries of token requests after transient failures.",
        ),
        (
            metric_names::SERVED_STALE,
            "Failed renewals while the current token was still valid.",
        ),
        (metric_names::REJECTIONS, "Rejections of tokens by APIs, by outcome."),
        (metric_names::REPLAYS, "Requests repeated with a new token, by outcome."),
        (
            metric_names::LEASES,
            "Leases on the right to fetch for all processes, by outcome.",
        ),
        (metric_names::STORE_ERRORS, "Failed operations on the token store."),
        (
            metric_names::STORE_RECOVERIES,
            "Recoveries of the token store after failures.",
        ),
        (
            metric_names::STORE_RECORDS_IGNORED,
            "Records of the token store that could not be used.",
        ),
    ];
    for (name, description) in counters {
        describe_counter!(name, Unit::Count, description);
    }
    let histograms = [
        (metric_names::FETCH_SECONDS, "Duration of fetches of tokens."),
        (metric_names::WAIT_SECONDS, "Time that calls waited for a token."),
        (
            metric_names::TOKEN_REMAINING_SECONDS,
            "Remaining lifetime of tokens when used, for a sample of uses.",
        ),
    ];
    for (name, description) in histograms {
        describe_histogram!(name, Unit::Seconds, description);
    }
}
