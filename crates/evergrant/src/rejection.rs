//! The outcomes of reporting a rejected token and of repeating a request.

/// The effect of reporting a rejected token with [`TokenManager::reject`](crate::TokenManager::reject).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The token is no longer served; the next call fetches a new one.
    Accepted,
    /// Nothing changed: a newer token is already available or is being fetched.
    Superseded,
    /// Nothing changed, for one of these reasons: fresh tokens are rejected too, so the token is not the cause; too
    /// many tokens were rejected recently (see [`TokenManager::reject`](crate::TokenManager::reject)); or the
    /// application renews tokens itself.
    Suppressed,
}

/// The outcome of a request that was repeated with a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// The API did not reject the new token.
    Accepted,
    /// The API rejected the new token too.
    Rejected,
}

/// Whether a call whose connection broke may be repeated; returned by [`Replay::interrupt`](crate::Replay::interrupt).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// The same call may succeed later: the connection may have broken by chance, or the next call has another token.
    Transient,
    /// Requests with a new token are interrupted too, so the token is not the cause.
    Persistent,
}
