//! The resource owner password credentials grant (RFC 6749 section 4.3): the program sends a user's name and password.

use std::fmt;
use std::future::ready;

use super::{Grant, GrantRequest, Repeatable};
use crate::Secret;
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// The resource owner password credentials grant (RFC 6749 section 4.3): tokens of a user whose password the program
/// has. Build a token manager with [`builder`](Self::builder).
///
/// Use this grant only if the server offers no other grant: OAuth 2.1 omits it, and RFC 9700 section 2.4 forbids it.
///
/// The token manager renews a token with its refresh token. Without a refresh token, or if the server rejects it
/// (`invalid_grant`), the manager sends the password again.
///
/// ```
/// use evergrant::Password;
///
/// let builder = Password::new("reader", "not-a-real-password")
///     .builder("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .scopes(["books.read"]);
/// ```
#[derive(Clone)]
#[must_use = "a grant does nothing until a manager is built with `builder(..)`"]
pub struct Password {
    username: String,
    password: Secret,
}

impl Password {
    /// Creates the password grant for this user.
    pub fn new(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            username: username.into(),
            password: password.into(),
        }
    }
}

impl Grant for Password {
    fn name(&self) -> &str {
        "password"
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        let request = GrantRequest::new("password")
            .param("username", &self.username)
            .secret_param("password", self.password.clone());
        Box::pin(ready(Ok(request)))
    }
}

impl Repeatable for Password {
    fn subject(&self) -> Option<&str> {
        Some(&self.username)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password").finish_non_exhaustive()
    }
}
