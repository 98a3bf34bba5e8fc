//! The properties of an issued access token.

/// The properties of a valid access token, as returned by [`AuthServer::introspect`](crate::AuthServer::introspect).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuedToken {
    /// The id of the client to which the token was issued.
    pub client_id: String,
    /// The scopes that were granted to the client.
    pub scopes: Vec<String>,
    /// The user who authorized the client; `None` for the client credentials grant.
    pub username: Option<String>,
    /// The subject of the assertion or of the exchanged token; `None` for other grants.
    pub subject: Option<String>,
    /// The party that acts for the subject (the actor of a token exchange, RFC 8693), if there is one.
    pub actor: Option<String>,
    /// The audiences and resources for which a token exchange (RFC 8693) requested the token; empty for other grants.
    pub targets: Vec<String>,
    /// The `grant_type` of the first token request, such as `client_credentials`, `password` or `authorization_code`. A
    /// token from a refresh has the grant type of the token request that returned the first refresh token.
    pub grant_type: &'static str,
}

impl IssuedToken {
    /// Returns whether the token was granted this scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}
