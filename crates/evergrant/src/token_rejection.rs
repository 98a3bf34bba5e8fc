//! The outcomes of reporting a rejected token, and of repeating a request with a new token.

/// The effect of reporting with [`TokenManager::reject`](crate::TokenManager::reject) that an API rejected a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The token manager has discarded the token. The next call fetches a new one.
    Accepted,
    /// Nothing changed: a newer token is already available or is being fetched.
    Superseded,
    /// Nothing changed: the token stays in use, for one of these reasons. The API rejects new tokens too, so the token
    /// is not the cause. Or it has rejected too many tokens recently (see
    /// [`TokenManager::reject`](crate::TokenManager::reject)). Or the application renews tokens itself ([manual
    /// mode](crate::TokenManagerBuilder::manual)).
    Suppressed,
}

/// The API's response to a request that was repeated with a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// The API did not reject the new token.
    Accepted,
    /// The API rejected the new token too.
    Rejected,
}

/// Whether an API call may succeed later whose connection broke before a response arrived. Returned by
/// [`Replay::interrupt`](crate::Replay::interrupt).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// The same call may succeed later. The connection may have broken by chance, or the server closed it because it
    /// rejected the token, and the next call uses a new one.
    Transient,
    /// The connection breaks for requests with a new token too, so the token is not the cause.
    Persistent,
}
