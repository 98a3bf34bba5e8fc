//! The properties of an issued access token.

/// The properties of a valid access token, as returned by [`AuthServer::introspect`](crate::AuthServer::introspect).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuedToken {
    /// The client to which the token was issued.
    pub client_id: String,
    /// The scopes that were granted to the client.
    pub scopes: Vec<String>,
    /// The user who authorized the client; `None` for the client credentials grant.
    pub username: Option<String>,
    /// The `grant_type` of the original token request: `client_credentials`, `password` or `authorization_code`. A
    /// token from a refresh has the grant type of the original request.
    pub grant_type: &'static str,
}

impl IssuedToken {
    /// Returns whether the token was granted this scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}
