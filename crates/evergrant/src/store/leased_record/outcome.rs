//! The types that operations on a record return: leases, stored tokens, and outcomes.

use std::sync::Arc;
use std::time::Duration;

use crate::Token;
use crate::token_generation::StoreGeneration;

/// A lease: the right to fetch a token for all processes that share it. The lease ends when it expires, or when another
/// process takes over.
#[derive(Debug, Clone)]
pub struct Lease {
    pub(in crate::store) fence: u64,
    pub(in crate::store) owner: Arc<str>,
}

/// The outcome of acquiring a lease with [`LeasedRecord::acquire`](super::LeasedRecord::acquire).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LeaseOutcome {
    /// This process holds the lease.
    Acquired(Lease),
    /// Another process holds the lease.
    #[non_exhaustive]
    Held {
        /// The time until the lease expires, at the latest.
        remaining: Duration,
    },
}

/// The outcome of extending a lease with [`LeasedRecord::renew`](super::LeasedRecord::renew).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseRenewal {
    /// The lease was extended.
    Extended,
    /// The lease was not extended, because another process holds it.
    Lost,
}

/// The outcome of saving a token with [`LeasedRecord::save`](super::LeasedRecord::save).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveOutcome {
    /// The token was saved with this generation, and the lease was released.
    Saved(StoreGeneration),
    /// The token was not saved, because another process took over the lease. That process saves, or has saved, a newer
    /// token.
    Superseded,
}

/// A token that was loaded from a token store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredToken {
    /// The token, whose expiry is converted to this process's clock.
    pub token: Token,
    /// The generation of the token in the store: a number that increases with each saved token.
    pub generation: StoreGeneration,
    /// Whether an API has rejected the stored token.
    pub rejected: bool,
}
