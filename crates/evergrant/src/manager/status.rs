//! A snapshot of a token manager's state, for health checks and metrics.

use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::token_generation::Generation;

/// A snapshot of a token manager's state and counters, returned by
/// [`TokenManager::status`](crate::TokenManager::status).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status {
    /// The state of the manager's current token.
    pub state: TokenState,
    /// The generation of the manager's newest token: a number that increases with each token. Zero before the first
    /// token.
    pub generation: Generation,
    /// The time at which the current token expires according to the server. `None` if the manager has no valid token,
    /// or if the expiry is unknown.
    pub expires_at: Option<SystemTime>,
    /// The remaining time for which the manager uses the current token: until its expiry, less the [clock
    /// skew](crate::TokenManagerBuilder::clock_skew). `None` if the manager has no valid token, or if the expiry is
    /// unknown.
    pub valid_for: Option<Duration>,
    /// Whether the manager is fetching a token now.
    pub fetching: bool,
    /// The error of the last attempt to fetch a token. `None` if it succeeded, or if there was none.
    pub last_error: Option<Error>,
    /// Number of tokens that this manager has fetched so far. Initial tokens are not counted.
    pub tokens_fetched: u64,
    /// Number of tokens that this manager has taken over from other processes through a store so far. `tokens_fetched`
    /// does not include them.
    pub tokens_adopted: u64,
    /// Number of failed fetches of this manager so far. A fetch whose retries failed too is counted once.
    pub fetches_failed: u64,
    /// Number of this manager's tokens that an API has rejected so far.
    pub rejections: u64,
}

/// The state of a token manager's current token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenState {
    /// The manager has no token yet, or has discarded its token after an API rejected it.
    Missing,
    /// The current token is valid.
    Valid,
    /// The current token is valid, and its renewal is due or in progress.
    RenewalDue,
    /// The token has expired, and no new one has been fetched yet.
    Expired,
}
