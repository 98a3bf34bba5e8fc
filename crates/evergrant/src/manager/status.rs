//! A manager's state at one moment, for health pages and metrics.

use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::token::Generation;

/// What a manager holds and what it has done, as [`TokenManager::status`](crate::TokenManager::status) saw it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status {
    /// Whether there is a token to serve.
    pub state: TokenState,
    /// The generation of the newest token; zero before the first.
    pub generation: Generation,
    /// When the served token expires by the server's word.
    pub expires_at: Option<SystemTime>,
    /// How long the served token will still be served; `None` without a token or without a known expiry.
    pub valid_for: Option<Duration>,
    /// Whether a token is being fetched.
    pub fetching: bool,
    /// The last fetch's error, until one succeeds.
    pub last_error: Option<Error>,
    /// Tokens obtained so far, preset ones not counted.
    pub tokens_obtained: u64,
    /// Tokens taken over from other processes so far, through a store; not counted among those obtained.
    pub tokens_adopted: u64,
    /// Fetches that failed so far, each with all its attempts.
    pub fetches_failed: u64,
    /// Tokens that an API refused so far.
    pub rejections: u64,
}

/// Whether there is a token to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenState {
    /// None yet, or the last one was refused by an API.
    Missing,
    /// Yes.
    Valid,
    /// Yes, and its renewal is due or under way.
    RenewalDue,
    /// No: the last one has expired.
    Expired,
}
