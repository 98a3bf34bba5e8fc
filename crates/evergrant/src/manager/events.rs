//! What the lifecycle tells the outside, by `tracing` and as metrics; the names and fields are part of the public interface (see the
//! crate's front page).

use std::fmt::Display;
use std::time::Duration;

use tracing::{Span, debug, debug_span, warn};

use crate::error::{ClientContext, Error};
use crate::store::{StoreError, StoreKey};
use crate::token::{Generation, Ignored};
use crate::{Scopes, metrics};

macro_rules! event {
    ($level:ident, $name:literal, $client:expr, { $($fields:tt)* }, $message:literal) => {
        $level!(
            name: $name,
            target: "evergrant",
            client_id = $client.client_id(),
            endpoint = $client.endpoint(),
            $($fields)*
            $message
        )
    };
}

/// Why a token is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is none.
    Missing,
    /// The last one can no longer be used.
    Expired,
    /// The current one is still served, and its renewal is due.
    Renewal,
    /// An API refused the last one.
    Rejected,
    /// The application asked for one, for itself.
    Asked,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Expired => "expired",
            Self::Renewal => "renewal",
            Self::Rejected => "rejected",
            Self::Asked => "asked",
        }
    }
}

/// What the token store was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreOperation {
    /// The record.
    Load,
    /// To take the lease, or to extend it.
    Lease,
    /// To save a token.
    Save,
    /// To take the lease back, and to remember a failure.
    Release,
    /// To remember that fresh tokens are refused too.
    ReplayRefused,
}

impl StoreOperation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Lease => "lease",
            Self::Save => "save",
            Self::Release => "release",
            Self::ReplayRefused => "replay_refused",
        }
    }
}

pub(crate) fn flight_span(client: &ClientContext, reason: Reason) -> Span {
    debug_span!(
        target: "evergrant",
        parent: None,
        "evergrant.flight",
        client_id = client.client_id(),
        endpoint = client.endpoint(),
        reason = reason.name()
    )
}

pub(crate) fn fetch_started(client: &ClientContext, reason: Reason) {
    event!(debug, "evergrant.fetch_started", client, { reason = reason.name(), }, "fetching a token");
}

pub(crate) fn renewed(
    client: &ClientContext,
    reason: Reason,
    generation: Generation,
    took: Duration,
    lifetime: Option<Duration>,
) {
    event!(debug, "evergrant.renewed", client, {
        generation = generation.0,
        elapsed_ms = millis(took),
        lifetime_s = lifetime.map(|lifetime| lifetime.as_secs()),
    }, "a new token is in use");
    metrics::fetched(reason, took);
}

pub(crate) fn adopted(client: &ClientContext, reason: Reason, generation: Generation, took: Duration) {
    event!(debug, "evergrant.adopted", client, {
        generation = generation.0,
        elapsed_ms = millis(took),
    }, "another process's token is in use");
    metrics::adopted(reason, took);
}

pub(crate) fn lease_acquired(client: &ClientContext) {
    event!(
        debug,
        "evergrant.lease_acquired",
        client,
        {},
        "this process fetches the token for the fleet"
    );
    metrics::lease_acquired();
}

pub(crate) fn lease_held(client: &ClientContext, left: Duration) {
    event!(debug, "evergrant.lease_held", client, { left_ms = millis(left), }, "another process fetches the token");
    metrics::lease_held();
}

pub(crate) fn lease_lost(client: &ClientContext) {
    event!(
        warn,
        "evergrant.lease_lost",
        client,
        {},
        "another process took over while this one was fetching, so the token is not shared"
    );
    metrics::lease_lost();
}

pub(crate) fn store_failed(client: &ClientContext, operation: StoreOperation, error: &StoreError, pause: Duration) {
    event!(warn, "evergrant.store_failed", client, {
        operation = operation.name(),
        error = %error,
        pause_ms = millis(pause),
    }, "the token store failed, and this process does without it for a while");
    metrics::store_failed(operation, error);
}

pub(crate) fn store_recovered(client: &ClientContext) {
    event!(
        debug,
        "evergrant.store_recovered",
        client,
        {},
        "the token store answers again"
    );
    metrics::store_recovered();
}

pub(crate) fn fetched(client: &ClientContext, took: Duration) {
    event!(debug, "evergrant.fetched", client, { elapsed_ms = millis(took), }, "the application has the token it asked for");
    metrics::fetched(Reason::Asked, took);
}

pub(crate) fn failed(client: &ClientContext, reason: Reason, error: &Error, took: Duration, quiet: Duration) {
    event!(warn, "evergrant.fetch_failed", client, {
        error = %error,
        elapsed_ms = millis(took),
        quiet_ms = millis(quiet),
    }, "no token could be fetched");
    metrics::fetch_failed(reason, error, took);
}

pub(crate) fn retrying(client: &ClientContext, error: &Error, retry: u32, pause: Duration) {
    event!(debug, "evergrant.fetch_retried", client, {
        error = %error,
        retry = retry,
        pause_ms = millis(pause),
    }, "trying again after a passing failure");
    metrics::fetch_retried();
}

pub(crate) fn rejected(client: &ClientContext, generation: Generation) {
    event!(warn, "evergrant.rejected", client, { generation = generation.0, }, "an API refused the token");
}

pub(crate) fn renewal_suppressed(client: &ClientContext, generation: Generation) {
    event!(warn, "evergrant.renewal_suppressed", client, { generation = generation.0, },
        "an API refuses freshly renewed tokens too, or one after the other, so for a while refusals start no renewal");
}

pub(crate) fn served_stale(client: &ClientContext, generation: Generation, error: &Error) {
    event!(warn, "evergrant.served_stale", client, { generation = generation.0, error = %error, },
        "the renewal failed, and the current token is served while it is valid");
    metrics::served_stale();
}

pub(crate) fn scope_narrowed(client: &ClientContext, missing: &Scopes) {
    event!(warn, "evergrant.scope_narrowed", client, { missing = %missing, },
        "the server granted fewer scopes than were asked for");
}

/// Without a client where a stored token is read.
pub(crate) fn member_ignored(client: Option<&ClientContext>, ignored: &Ignored) {
    warn!(
        name: "evergrant.member_ignored",
        target: "evergrant",
        client_id = client.map(ClientContext::client_id),
        endpoint = client.map(ClientContext::endpoint),
        member = ignored.member,
        problem = ignored.problem.problem(),
        "a member of a token cannot be read, and the token is used without it"
    );
}

pub(crate) fn refresh_token_refused(client: &ClientContext) {
    event!(
        warn,
        "evergrant.refresh_token_refused",
        client,
        {},
        "the server no longer takes the refresh token"
    );
}

#[cfg(feature = "sign-in")]
pub(crate) fn signed_in(client: &ClientContext, generation: Generation) {
    event!(debug, "evergrant.signed_in", client, { generation = generation.0, }, "a user has signed in, and the token is in use");
}

pub(crate) fn update_callback_panicked(client: &ClientContext, panic: &str) {
    event!(warn, "evergrant.update_callback_panicked", client, { panic = panic, }, "the token update callback panicked");
}

pub(crate) fn update_dropped(client: &ClientContext) {
    event!(
        warn,
        "evergrant.update_dropped",
        client,
        {},
        "the token update callback is too slow, and missed a token"
    );
}

pub(crate) fn preset_expired(client: &ClientContext) {
    event!(
        debug,
        "evergrant.preset_expired",
        client,
        {},
        "the preset token has expired and counts as missing"
    );
}

pub(crate) fn store_entry_refused(client: Option<&ClientContext>, key: &StoreKey, problem: &dyn Display) {
    warn!(
        name: "evergrant.store_entry_refused",
        target: "evergrant",
        client_id = client.map(ClientContext::client_id),
        endpoint = client.map(ClientContext::endpoint),
        key = %key,
        problem = %problem,
        "the token store's entry cannot be used, and counts as missing"
    );
    metrics::store_entry_refused();
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
