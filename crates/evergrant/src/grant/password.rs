//! The resource owner password credentials grant (RFC 6749 section 4.3): a user's name and password, shown by the program.

use super::Grant;
use crate::Secret;
use crate::exchange::CredentialProvider;
use crate::manager::TokenManagerBuilder;

/// The password grant, for servers that offer nothing better: OAuth 2.1 drops it, and RFC 9700 section 2.4 forbids it where
/// there is a choice.
///
/// A token is renewed with its refresh token if the server gave one; when that is refused (`invalid_grant`), with the password
/// again.
///
/// ```
/// use evergrant::Password;
///
/// let builder = Password::new("reader", "not-a-real-password")
///     .client("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .scopes(["books.read"]);
/// ```
#[derive(Debug)]
#[must_use = "a user alone can ask for nothing; name the client"]
pub struct Password {
    grant: Grant,
}

impl Password {
    /// The user whose token it is.
    pub fn new(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            grant: Grant::Password {
                username: username.into(),
                password: password.into(),
            },
        }
    }

    /// The client with a fixed secret that asks for the token.
    pub fn client(self, client_id: impl Into<String>, client_secret: impl Into<Secret>) -> TokenManagerBuilder {
        TokenManagerBuilder::with_secret(self.grant, client_id, client_secret)
    }

    /// The client that asks for the token, whose secret is read before each attempt.
    pub fn client_with_credential_provider(
        self,
        client_id: impl Into<String>,
        provider: impl CredentialProvider,
    ) -> TokenManagerBuilder {
        TokenManagerBuilder::with_provider(self.grant, client_id, provider)
    }

    /// The client that asks for the token, if it is a public one: it has no secret (method `none`).
    pub fn public_client(self, client_id: impl Into<String>) -> TokenManagerBuilder {
        TokenManagerBuilder::public(self.grant, client_id)
    }
}
