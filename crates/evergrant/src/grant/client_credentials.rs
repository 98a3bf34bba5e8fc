//! The client credentials grant (RFC 6749 section 4.4): the program acts on its own behalf.

use std::future::ready;

use super::{Grant, GrantRequest, Repeatable};
use crate::error::{BuildError, Error};
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// The client credentials grant (RFC 6749 section 4.4): tokens of the client itself, without a user. Build a token
/// manager with [`builder`](Self::builder).
///
/// ```
/// use evergrant::ClientCredentials;
///
/// let builder = ClientCredentials::builder("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .scopes(["books.read", "orders.read"])
///     .audience("https://api.example.com");
/// ```
#[derive(Debug, Clone, Default)]
pub struct ClientCredentials {
    grant_type: Option<String>,
}

const DEFAULT_GRANT_TYPE: &str = "client_credentials";

/// Grant types that need a user.
const USER_GRANTS: [&str; 3] = ["authorization_code", "password", "refresh_token"];

impl ClientCredentials {
    pub(crate) fn set_grant_type(&mut self, name: String) {
        self.grant_type = Some(name);
    }

    fn grant_type(&self) -> &str {
        self.grant_type.as_deref().unwrap_or(DEFAULT_GRANT_TYPE)
    }
}

impl Grant for ClientCredentials {
    fn name(&self) -> &str {
        match self.grant_type() {
            DEFAULT_GRANT_TYPE => "client credentials",
            other => other,
        }
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        Box::pin(ready(Ok(GrantRequest::new(self.grant_type()))))
    }

    /// A response should not include a refresh token (RFC 6749 section 4.4.3); if it does, the token is not needed.
    fn uses_refresh_tokens(&self) -> bool {
        false
    }

    fn check(&self, _: Option<&str>) -> Result<(), BuildError> {
        let name = self.grant_type();
        let out_of_range = |expected| {
            let setting = "grant_type";
            Err(BuildError::OutOfRange { setting, expected })
        };
        if USER_GRANTS.contains(&name) {
            return out_of_range(
                "a grant type without a user; for grants with a user, use Password or AuthorizationCode",
            );
        }
        // RFC 6749 appendix A.10: a name, or a URI.
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return out_of_range("a name or a URI in ASCII without spaces (RFC 6749 appendix A.10)");
        }
        Ok(())
    }
}

impl Repeatable for ClientCredentials {
    fn subject(&self) -> Option<&str> {
        None
    }
}
