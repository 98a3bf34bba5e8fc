//! Names of the metrics.

pub(super) const FETCHES: &str = "evergrant_fetches_total";
pub(super) const FETCH_SECONDS: &str = "evergrant_fetch_seconds";
pub(super) const FETCH_RETRIES: &str = "evergrant_fetch_retries_total";
pub(super) const WAIT_SECONDS: &str = "evergrant_wait_seconds";
pub(super) const TOKEN_REMAINING_SECONDS: &str = "evergrant_token_remaining_seconds";
pub(super) const SERVED_STALE: &str = "evergrant_served_stale_total";
pub(super) const REJECTIONS: &str = "evergrant_rejections_total";
pub(super) const REPLAYS: &str = "evergrant_replays_total";
pub(super) const LEASES: &str = "evergrant_leases_total";
pub(super) const STORE_ERRORS: &str = "evergrant_store_errors_total";
pub(super) const STORE_RECOVERIES: &str = "evergrant_store_recoveries_total";
pub(super) const STORE_RECORDS_IGNORED: &str = "evergrant_store_records_ignored_total";
