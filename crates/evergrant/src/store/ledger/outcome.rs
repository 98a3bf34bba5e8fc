//! What a ledger gives: leases, generations, tokens, and how each attempt ended.

use std::sync::Arc;
use std::time::Duration;

use crate::Token;

/// Which of a fleet's tokens this is: each one that is saved has a greater number, even after the engine has lost its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreGeneration(pub(in crate::store) u64);

/// The right to fetch, until it runs out or somebody else takes it.
#[derive(Debug, Clone)]
pub struct Lease {
    pub(in crate::store) fence: u64,
    pub(in crate::store) owner: Arc<str>,
}

/// How the attempt to take the lease ended; that the store failed is an error.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LeaseOutcome {
    /// It is ours.
    Acquired(Lease),
    /// Somebody else's, for so long at most.
    #[non_exhaustive]
    Held {
        /// What is left of it.
        left: Duration,
    },
}

/// Whether a lease could be extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseRenewal {
    /// Yes.
    Extended,
    /// No: somebody else has it by now.
    Lost,
}

/// Whether a token was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveOutcome {
    /// Yes, as this generation. The lease ends with it.
    Saved(StoreGeneration),
    /// No: somebody else has taken the lease meanwhile, and its token is, or will be, the newer one.
    Superseded,
}

/// A token that some process of the fleet has saved.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredToken {
    /// The token, with its expiry by this process's clock.
    pub token: Token,
    /// Its generation.
    pub generation: StoreGeneration,
    /// Whether an API has refused it.
    pub rejected: bool,
}
