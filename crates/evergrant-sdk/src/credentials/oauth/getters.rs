//! Reads settings back. Nothing here gives a secret: neither the client's, nor a password, nor a token.

use std::time::Duration;

use evergrant::Scopes;

use super::{Fetching, OAuthCredentials};

/// Getters, named like those of [`std::process::Command`]. They give what the methods of the same name set, and not what
/// [`configure`](Self::configure) changes.
///
/// ```
/// use evergrant_sdk::OAuthCredentials;
///
/// let credentials = OAuthCredentials::password("client-id", "not-a-real-secret", "jane", "not-a-real-password")
///     .scopes(["books.read"]);
/// assert_eq!(credentials.get_client_id(), "client-id");
/// assert_eq!(credentials.get_username(), Some("jane"));
/// assert!(credentials.get_scopes().contains("books.read"));
/// assert!(!credentials.is_manual());
/// ```
impl OAuthCredentials {
    /// The client's id.
    #[must_use]
    pub fn get_client_id(&self) -> &str {
        &self.identity.client_id
    }

    /// The user of the password grant.
    #[must_use]
    pub fn get_username(&self) -> Option<&str> {
        self.identity.username.as_deref()
    }

    /// Where the authorization code grant sends users back to.
    #[must_use]
    pub fn get_redirect_uri(&self) -> Option<&str> {
        self.identity.redirect_uri.as_deref()
    }

    /// The scopes to ask for; empty when the server decides.
    #[must_use]
    pub fn get_scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// How long before its expiry a token is no longer served, if it was set.
    #[must_use]
    pub fn get_clock_skew(&self) -> Option<Duration> {
        self.clock_skew
    }

    /// The token endpoint, if it was set in place of that of the description.
    #[must_use]
    pub fn get_token_url(&self) -> Option<&str> {
        self.token_url.as_deref()
    }

    /// The authorization endpoint, if it was set in place of that of the description.
    #[must_use]
    pub fn get_authorization_url(&self) -> Option<&str> {
        self.authorization_url.as_deref()
    }

    /// Whether fetching is left to the application.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        self.fetching == Fetching::Manual
    }
}
