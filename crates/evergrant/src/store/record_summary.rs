//! The content of a store's record without its secrets, for operators.

use std::time::Duration;

use super::record::{Body, MAX_PAUSE, Record, StoreTime};
use crate::redact::Redactor;
use crate::token_generation::StoreGeneration;

/// The content of a token store's record without its secrets, returned by
/// [`LeasedRecord::summary`](super::LeasedRecord::summary).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Summary {
    /// The id of the client that requested the token. `None` if the token store's record does not contain the id.
    pub client_id: Option<String>,
    /// The URL of the token endpoint that issued the token, without query. `None` if the token store's record does not
    /// contain the URL.
    pub endpoint: Option<String>,
    /// The scopes that the token request asked for, separated by spaces. `None` if the token store's record does not
    /// contain the scopes.
    pub scopes: Option<String>,
    /// The metadata of the stored token. `None` if the token store's record contains no token.
    pub token: Option<TokenSummary>,
    /// The lease of the process that is fetching a token for all processes. `None` if no process holds a lease.
    pub lease: Option<LeaseSummary>,
    /// The error message of the last failed fetch of a token, and how much longer no process fetches a token because of
    /// this failure. `None` if there is no such failure.
    pub failure: Option<(String, Duration)>,
}

/// The metadata of a stored token, without the token itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenSummary {
    /// The generation of the token in the store: a number that increases with each saved token.
    pub generation: StoreGeneration,
    /// The time since the stored token was requested.
    pub age: Duration,
    /// The time until the stored token expires. `None` if the expiry is unknown.
    pub remaining: Option<Duration>,
    /// Whether an API has rejected the stored token.
    pub rejected: bool,
    /// The name of the encryption key with which the token is stored. `None` if the token is not encrypted.
    pub key_name: Option<String>,
}

/// The lease of a process: its right to fetch a token for all processes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LeaseSummary {
    /// The name of the process that holds the lease: its process id and a random suffix.
    pub owner: String,
    /// The time until the lease to fetch a token expires.
    pub remaining: Duration,
}

impl Summary {
    pub(super) fn of(record: &Record, now: StoreTime) -> Self {
        let client = record.client.as_ref();
        let token = record.token.as_ref().map(|token| TokenSummary {
            generation: token.generation,
            age: now.saturating_sub(token.issued),
            remaining: token.expires.map(|expires| expires.saturating_sub(now)),
            rejected: token.rejected,
            key_name: match &token.body {
                Body::Plain(_) => None,
                Body::Sealed(text) => {
                    let name = text.split('.').next().unwrap_or_default();
                    Some(Redactor::new([]).line(name, 64))
                }
            },
        });
        let lease = record.lease.as_ref().zip(record.lease_remaining(now, MAX_PAUSE));
        Self {
            client_id: client.map(|client| client.client_id.clone()),
            endpoint: client.map(|client| client.endpoint.clone()),
            scopes: client.map(|client| client.scopes.clone()),
            token,
            lease: lease.map(|(lease, remaining)| LeaseSummary {
                owner: lease.owner.clone(),
                remaining,
            }),
            failure: record
                .failure(now, |pauses| pauses.with_token)
                .map(|(failure, remaining)| (failure.message.clone(), remaining)),
        }
    }
}

impl std::fmt::Display for StoreGeneration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
