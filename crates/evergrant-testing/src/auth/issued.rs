//! What an API is told of a token that it was brought.

/// An access token's meaning, as [`AuthServer::issued`](crate::AuthServer::issued) tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuedToken {
    /// The client that it was issued to.
    pub client_id: String,
    /// What it is good for.
    pub scopes: Vec<String>,
    /// The user who has allowed it; `None` where the client acts for itself.
    pub username: Option<String>,
    /// The `grant_type` that it came of: `client_credentials`, `password` or `authorization_code`, of which a refresh changes
    /// nothing.
    pub grant_type: &'static str,
}

impl IssuedToken {
    /// Whether it is good for this.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}
