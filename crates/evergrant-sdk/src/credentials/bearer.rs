//! A token that the application manages by itself.

use evergrant::Secret;

/// A fixed bearer token (RFC 6750).
#[derive(Debug, Clone)]
pub struct BearerCredentials {
    pub(crate) token: Secret,
}

impl BearerCredentials {
    /// Takes the token alone, without `Bearer` before it.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self { token: token.into() }
    }
}
