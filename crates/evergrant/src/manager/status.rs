//! A snapshot of a manager's state, for health checks and metrics.

use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::generation::Generation;

/// A snapshot of a manager's state and counters, from [`TokenManager::status`](crate::TokenManager::status).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status {
    /// The state of the current token.
    pub state: TokenState,
    /// The generation of the newest token; zero before the first token.
    pub generation: Generation,
    /// The time at which the current token expires according to the server; `None` if it is unknown.
    pub expires_at: Option<SystemTime>,
    /// The remaining time for which the current token is served; `None` without a token or without a known expiry.
    pub valid_for: Option<Duration>,
    /// Whether a token is being fetched.
    pub fetching: bool,
    /// The error of the last fetch; `None` if the last fetch succeeded.
    pub last_error: Option<Error>,
    /// Number of tokens fetched so far, without initial tokens.
    pub tokens_fetched: u64,
    /// Number of tokens adopted from other processes through a store so far. `tokens_fetched` does not include them.
    pub tokens_adopted: u64,
    /// Number of failed fetches so far. A fetch with several failed attempts is counted once.
    pub fetches_failed: u64,
    /// Number of tokens that an API has rejected so far.
    pub rejections: u64,
}

/// The state of a manager's current token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenState {
    /// There is no token yet, or an API rejected the last one.
    Missing,
    /// The current token is valid.
    Valid,
    /// The current token is valid, and its renewal is due or in progress.
    RenewalDue,
    /// The last token has expired.
    Expired,
}
