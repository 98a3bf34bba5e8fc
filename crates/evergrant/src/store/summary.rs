//! What operators may see of a record: everything but the token.

use std::time::Duration;

use super::StoreGeneration;
use super::record::{Body, LONGEST_PAUSE, Record, StoreTime, Urgency};
use crate::redact::Redactor;

/// A record without its secrets.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Summary {
    /// The client it is for.
    pub client_id: Option<String>,
    /// The token endpoint, without query.
    pub endpoint: Option<String>,
    /// The scopes asked for, separated by spaces.
    pub scopes: Option<String>,
    /// The newest token.
    pub token: Option<TokenSummary>,
    /// Who fetches at the moment.
    pub lease: Option<LeaseSummary>,
    /// The failure that everybody remembers: what it was, and for how long nothing is sent because of it.
    pub failure: Option<(String, Duration)>,
}

/// A token without itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenSummary {
    /// Its generation.
    pub generation: StoreGeneration,
    /// How long ago it was requested.
    pub age: Duration,
    /// How long it is still valid; `None` when nobody said.
    pub left: Option<Duration>,
    /// Whether an API has refused it.
    pub rejected: bool,
    /// The name of the key that it is encrypted with; `None` when it is not.
    pub key_name: Option<String>,
}

/// A lease that somebody holds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LeaseSummary {
    /// Its owner's process id on its machine, and something that nobody else has.
    pub owner: String,
    /// When it runs out.
    pub left: Duration,
}

impl Summary {
    pub(super) fn of(record: &Record, now: StoreTime) -> Self {
        let client = record.client.as_ref();
        let token = record.token.as_ref().map(|token| TokenSummary {
            generation: token.generation,
            age: now.saturating_sub(token.issued),
            left: token.expires.map(|expires| expires.saturating_sub(now)),
            rejected: token.rejected,
            key_name: match &token.body {
                Body::Plain(_) => None,
                Body::Sealed(text) => {
                    let name = text.split('.').next().unwrap_or_default();
                    Some(Redactor::new([]).line(name, 64))
                }
            },
        });
        let lease = record.lease.as_ref().zip(record.lease_left(now, LONGEST_PAUSE));
        Self {
            client_id: client.map(|client| client.client_id.clone()),
            endpoint: client.map(|client| client.endpoint.clone()),
            scopes: client.map(|client| client.scopes.clone()),
            token,
            lease: lease.map(|(lease, left)| LeaseSummary {
                owner: lease.owner.clone(),
                left,
            }),
            failure: record
                .failure(now, Urgency::HasToken)
                .map(|(failure, left)| (failure.message.clone(), left)),
        }
    }
}

impl std::fmt::Display for StoreGeneration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
