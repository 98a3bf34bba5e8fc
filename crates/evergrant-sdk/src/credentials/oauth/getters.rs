//! Getters of OAuth credentials. There are no getters for secrets: the client secret, the password and the token.

use std::time::Duration;

use evergrant::{AuthorizationCode, Password, Scopes};

use super::{AnyGrant, Fetching, OAuthCredentials};

/// Getters, named like those of [`std::process::Command`]. Each getter returns the value that was set with the method
/// of the same name. It does not see changes by [`configure`](Self::configure).
///
/// ```
/// use evergrant_sdk::{OAuthCredentials, Password};
///
/// type Credentials = OAuthCredentials<Password>;
/// let credentials = Credentials::new("client-id", "not-a-real-secret", "jane", "not-a-real-password")
///     .scopes(["books.read"]);
/// assert_eq!(credentials.get_client_id(), "client-id");
/// assert_eq!(credentials.get_username(), Some("jane"));
/// assert!(credentials.get_scopes().contains("books.read"));
/// assert!(!credentials.is_manual());
/// ```
impl<G, S> OAuthCredentials<G, S> {
    /// Returns the client id.
    #[must_use]
    pub fn get_client_id(&self) -> &str {
        &self.settings.identity.client_id
    }

    /// Returns the scopes that token requests ask for. If there are none, the authorization server grants its default
    /// scopes.
    #[must_use]
    pub fn get_scopes(&self) -> &Scopes {
        &self.settings.scopes
    }

    /// Returns the clock skew: a token is no longer used from this long before its expiry. Returns `None` if the
    /// default applies.
    #[must_use]
    pub fn get_clock_skew(&self) -> Option<Duration> {
        self.settings.clock_skew
    }

    /// Returns the issuer that was set, or `None` if the endpoints or the issuer of the API description apply.
    #[must_use]
    pub fn get_issuer(&self) -> Option<&str> {
        self.settings.issuer.as_deref()
    }

    /// Returns the URL that was set for the token endpoint, or `None` if the endpoint of the API description applies.
    #[must_use]
    pub fn get_token_url(&self) -> Option<&str> {
        self.settings.token_url.as_deref()
    }

    /// Returns whether these credentials are in manual mode, in which only the application fetches tokens.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        self.settings.fetching == Fetching::Manual
    }
}

macro_rules! password_getters {
    ($($grant:ty),*) => {
        $(
            impl<S> OAuthCredentials<$grant, S> {
                /// Returns the user name of the password grant, or `None` if these credentials have another grant.
                #[must_use]
                pub fn get_username(&self) -> Option<&str> {
                    self.settings.identity.username.as_deref()
                }
            }
        )*
    };
}

password_getters!(Password, AnyGrant);

macro_rules! authorization_code_getters {
    ($($grant:ty),*) => {
        $(
            impl<S> OAuthCredentials<$grant, S> {
                /// Returns the redirect URI of the authorization code grant, or `None` if these credentials have
                /// another grant.
                #[must_use]
                pub fn get_redirect_uri(&self) -> Option<&str> {
                    self.settings.identity.redirect_uri.as_deref()
                }

                /// Returns the URL that was set for the authorization endpoint, or `None` if the endpoint of the API
                /// description applies.
                #[must_use]
                pub fn get_authorization_url(&self) -> Option<&str> {
                    self.settings.authorization_url.as_deref()
                }
            }
        )*
    };
}

authorization_code_getters!(AuthorizationCode, AnyGrant);
