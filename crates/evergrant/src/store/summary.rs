//! The content of a record without its secrets, for operators.

use std::time::Duration;

use super::record::{Body, MAX_PAUSE, Record, StoreTime};
use crate::generation::StoreGeneration;
use crate::redact::Redactor;

/// The content of a record without its secrets, from [`LeasedRecord::summary`](super::LeasedRecord::summary).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Summary {
    /// The client id of the token request.
    pub client_id: Option<String>,
    /// The URL of the token endpoint, without query.
    pub endpoint: Option<String>,
    /// The requested scopes, separated by spaces.
    pub scopes: Option<String>,
    /// The metadata of the newest token; `None` if the record contains no token.
    pub token: Option<TokenSummary>,
    /// The lease of the process that is fetching a token; `None` if no process holds it.
    pub lease: Option<LeaseSummary>,
    /// The message of the last failed fetch, and the remaining time for which no process fetches because of this
    /// failure.
    pub failure: Option<(String, Duration)>,
}

/// The metadata of a stored token, without the token itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenSummary {
    /// The generation of the token in this record.
    pub generation: StoreGeneration,
    /// The time since the token was requested.
    pub age: Duration,
    /// The remaining time until the token expires; `None` if the token has no expiry.
    pub remaining: Option<Duration>,
    /// Whether an API has rejected the token.
    pub rejected: bool,
    /// The name of the key that encrypts the token; `None` if the token is not encrypted.
    pub key_name: Option<String>,
}

/// A lease that a process holds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LeaseSummary {
    /// The name of the lease holder: its process id and a random suffix.
    pub owner: String,
    /// The remaining time of the lease.
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
