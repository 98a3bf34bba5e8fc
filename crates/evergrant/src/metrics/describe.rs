//! What a recorder is told of each metric besides its values.

use metrics::{Unit, describe_counter, describe_histogram};

use super::name;

/// Tells the recorder the unit and the meaning of each metric, for the exporters that show them (Prometheus' `HELP`). Call it once, after
/// the recorder is installed; the metrics themselves do not depend on it. The crate's front page has the table of them all.
///
/// ```
/// // After the exporter's own `install`:
/// evergrant::describe_metrics();
/// ```
pub fn describe_metrics() {
    let counters = [
        (
            name::FETCHES,
            "Fetches of tokens, by how they ended and why they were made.",
        ),
        (
            name::FETCH_RETRIES,
            "Token requests repeated within a fetch after a passing failure.",
        ),
        (
            name::SERVED_STALE,
            "Renewals that failed while the token in use was still valid.",
        ),
        (name::REJECTIONS, "Refusals of tokens by APIs, by what they led to."),
        (
            name::REPLAYS,
            "Requests repeated with a new token, by how the API answered.",
        ),
        (
            name::LEASES,
            "Leases on the right to fetch for the fleet, by what became of them.",
        ),
        (name::STORE_ERRORS, "Failed operations on the token store."),
        (
            name::STORE_RECOVERIES,
            "How often the token store has answered again after it had failed.",
        ),
        (
            name::STORE_ENTRIES_REFUSED,
            "Entries of the token store that could not be used.",
        ),
    ];
    for (name, meaning) in counters {
        describe_counter!(name, Unit::Count, meaning);
    }
    let histograms = [
        (name::FETCH_SECONDS, "How long fetches of tokens took."),
        (name::WAIT_SECONDS, "How long callers waited for a token who had to."),
        (
            name::TOKEN_REMAINING_SECONDS,
            "What tokens had left of their lives when they were used; a sample of the uses.",
        ),
    ];
    for (name, meaning) in histograms {
        describe_histogram!(name, Unit::Seconds, meaning);
    }
}
