//! The builders of the grants whose requests contain assertions.

use super::TokenManagerBuilder;
use crate::client_auth::SharedClientAuth;
use crate::error::BuildError;
use crate::grant::{JwtBearer, TokenExchange};
use crate::manager::TokenManager;

impl JwtBearer {
    /// Returns a builder for a token manager with this grant and client.
    ///
    /// A plain secret as `auth` means [`ClientSecretBasic`](crate::client_auth::ClientSecretBasic). For servers that
    /// expect no client authentication besides the assertion, pass [`NoClientAuth`](crate::client_auth::NoClientAuth).
    pub fn builder(self, client_id: impl Into<String>, auth: impl Into<SharedClientAuth>) -> TokenManagerBuilder<Self> {
        TokenManager::builder(self, client_id, auth)
    }
}

impl TokenExchange {
    /// Returns a builder for a token manager with this grant and client.
    ///
    /// A plain secret as `auth` means [`ClientSecretBasic`](crate::client_auth::ClientSecretBasic). See
    /// [`client_auth`](crate::client_auth) for other client authentication methods. For servers that expect no client
    /// authentication, pass [`NoClientAuth`](crate::client_auth::NoClientAuth).
    pub fn builder(self, client_id: impl Into<String>, auth: impl Into<SharedClientAuth>) -> TokenManagerBuilder<Self> {
        TokenManager::builder(self, client_id, auth)
    }
}

impl TokenManagerBuilder<TokenExchange> {
    /// Returns the grant and the builder of the template of the managers of all subjects. Rejects settings that would
    /// give all subjects one token.
    pub(in crate::manager) fn into_template(self) -> Result<(TokenExchange, Self), BuildError> {
        let problem = if self.grant.has_subject() {
            "the grant has a subject token; create it with for_each_subject(..)"
        } else if self.token.is_some() {
            "an initial token would belong to all subjects; remove token(..)"
        } else if self.provider.is_some() {
            "a token provider does not know the subject; remove token_provider(..)"
        } else {
            let grant = self.grant.as_template();
            return Ok((grant.clone(), Self { grant, ..self }));
        };
        Err(BuildError::InvalidSetting {
            setting: "build_for_subjects",
            problem: problem.to_owned(),
        })
    }
}
