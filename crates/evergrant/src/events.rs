//! Reports the events of tokens and calls, and updates the metrics. The names and fields of the events are part of the
//! public interface (see the documentation of the crate).

use std::fmt::Display;
use std::time::Duration;

use tracing::{Span, debug, debug_span, warn};
use url::Url;

use crate::error::{ClientContext, DiscoveryError, Error, StoreError};
use crate::metrics::{self, Reason, StoreOperation};
use crate::redact::shown_url;
use crate::scope::Scopes;
use crate::token_generation::Generation;

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

pub(crate) fn fetch_span(client: &ClientContext, reason: Reason) -> Span {
    debug_span!(
        target: "evergrant",
        parent: None,
        "evergrant.fetch",
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

pub(crate) fn metadata_fetched(client: &ClientContext, url: &Url, lifetime: Duration) {
    event!(debug, "evergrant.metadata_fetched", client, {
        url = shown_url(url),
        lifetime_s = lifetime.as_secs(),
    }, "the metadata of the issuer is in use");
}

pub(crate) fn metadata_renewal_failed(client: &ClientContext, error: &DiscoveryError, pause: Duration) {
    event!(warn, "evergrant.metadata_renewal_failed", client, {
        error = %error,
        pause_ms = millis(pause),
    }, "the metadata of the issuer could not be renewed, and the current metadata stays in use");
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

pub(crate) fn lease_held(client: &ClientContext, remaining: Duration) {
    event!(debug, "evergrant.lease_held", client, { remaining_ms = millis(remaining), }, "another process fetches the token");
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
    }, "the token store failed, and this process does not use it for a while");
    metrics::store_failed(operation, error);
}

pub(crate) fn store_recovered(client: &ClientContext) {
    event!(
        debug,
        "evergrant.store_recovered",
        client,
        {},
        "the token store responds again"
    );
    metrics::store_recovered();
}

pub(crate) fn fetched(client: &ClientContext, took: Duration) {
    event!(debug, "evergrant.fetched", client, { elapsed_ms = millis(took), }, "a token was fetched for the application");
    metrics::fetched(Reason::Requested, took);
}

pub(crate) fn fetch_failed(client: &ClientContext, reason: Reason, error: &Error, took: Duration, backoff: Duration) {
    event!(warn, "evergrant.fetch_failed", client, {
        error = %error,
        elapsed_ms = millis(took),
        backoff_ms = millis(backoff),
    }, "fetching a token failed");
    metrics::fetch_failed(reason, error, took);
}

pub(crate) fn fetch_retried(client: &ClientContext, error: &Error, retry: u32, pause: Duration) {
    event!(debug, "evergrant.fetch_retried", client, {
        error = %error,
        retry = retry,
        pause_ms = millis(pause),
    }, "trying again after a transient failure");
    metrics::fetch_retried();
}

pub(crate) fn rejected(client: &ClientContext, generation: Generation) {
    event!(warn, "evergrant.rejected", client, { generation = generation.0, }, "an API rejected the token");
}

pub(crate) fn renewal_suppressed(client: &ClientContext, generation: Generation) {
    event!(warn, "evergrant.renewal_suppressed", client, { generation = generation.0, },
        "an API rejects freshly renewed tokens too, or many in a row, so rejections start no renewal for a while");
}

pub(crate) fn served_stale(client: &ClientContext, generation: Generation, error: &Error) {
    event!(warn, "evergrant.served_stale", client, { generation = generation.0, error = %error, },
        "the renewal failed, and the current token is served while it is valid");
    metrics::served_stale();
}

pub(crate) fn scope_narrowed(client: &ClientContext, missing: &Scopes) {
    event!(warn, "evergrant.scope_narrowed", client, { missing = %missing, },
        "the server granted fewer scopes than requested");
}

/// Reports an ignored member; without a client when a stored token is read.
pub(crate) fn member_ignored(client: Option<&ClientContext>, member: &str, problem: &str) {
    warn!(
        name: "evergrant.member_ignored",
        target: "evergrant",
        client_id = client.map(ClientContext::client_id),
        endpoint = client.map(ClientContext::endpoint),
        member,
        problem,
        "a member of a token response cannot be read and is ignored"
    );
}

pub(crate) fn refresh_token_rejected(client: &ClientContext) {
    event!(
        warn,
        "evergrant.refresh_token_rejected",
        client,
        {},
        "the server rejected the refresh token"
    );
}

pub(crate) fn signed_in(client: &ClientContext, generation: Generation) {
    event!(debug, "evergrant.signed_in", client, { generation = generation.0, }, "a user has signed in, and the token is in use");
}

pub(crate) fn signed_out(client: &ClientContext, generation: Generation) {
    event!(debug, "evergrant.signed_out", client, { generation = generation.0, }, "a user has signed out, and the token is not used any more");
}

pub(crate) fn revoked(client: &ClientContext) {
    event!(
        debug,
        "evergrant.revoked",
        client,
        {},
        "the authorization server has revoked the token"
    );
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
        "the token update callback is too slow and missed a token"
    );
}

pub(crate) fn initial_token_expired(client: &ClientContext) {
    event!(
        debug,
        "evergrant.initial_token_expired",
        client,
        {},
        "the initial token has expired and counts as missing"
    );
}

pub(crate) fn store_record_ignored(client: Option<&ClientContext>, key: &dyn Display, problem: &dyn Display) {
    warn!(
        name: "evergrant.store_record_ignored",
        target: "evergrant",
        client_id = client.map(ClientContext::client_id),
        endpoint = client.map(ClientContext::endpoint),
        key = %key,
        problem = %problem,
        "the record in the token store cannot be used and counts as missing"
    );
    metrics::store_record_ignored();
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
