//! The types that operations on a record return: leases, stored tokens, and outcomes.

use std::sync::Arc;
use std::time::Duration;

use crate::Token;
use crate::generation::StoreGeneration;

/// The right to fetch a token for all processes, until it expires or another process takes over.
#[derive(Debug, Clone)]
pub struct Lease {
    pub(in crate::store) fence: u64,
    pub(in crate::store) owner: Arc<str>,
}

/// The outcome of [`LeasedRecord::acquire`](super::LeasedRecord::acquire).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LeaseOutcome {
    /// This process holds the lease.
    Acquired(Lease),
    /// Another process holds the lease.
    #[non_exhaustive]
    Held {
        /// The time after which the lease expires at the latest.
        remaining: Duration,
    },
}

/// The outcome of [`LeasedRecord::renew`](super::LeasedRecord::renew).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseRenewal {
    /// The lease was extended.
    Extended,
    /// The lease was not extended, because another process holds it.
    Lost,
}

/// The outcome of [`LeasedRecord::save`](super::LeasedRecord::save).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveOutcome {
    /// The token was saved with this generation, and the lease was released.
    Saved(StoreGeneration),
    /// Nothing was saved, because another process took over the lease. That process's token is or will be newer.
    Superseded,
}

/// A token that was loaded from a store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredToken {
    /// The token, with its expiry on this process's clock.
    pub token: Token,
    /// The generation of the token in the store.
    pub generation: StoreGeneration,
    /// Whether an API has rejected the token.
    pub rejected: bool,
}
