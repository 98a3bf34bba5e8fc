//! What a manager has to do with its users' sign-in.

use std::sync::Arc;

use super::TokenManager;
use super::lifecycle::Style;
use super::updates::UpdateCallback;
use crate::SignIn;
use crate::error::{BuildError, Error};
use crate::grant::{Entitlement, Grant};
use crate::token::Token;

impl TokenManager {
    /// Leads a user through the authorization server's pages, for the authorization code grant.
    ///
    /// # Errors
    /// [`BuildError`] when the manager was built without an `authorization_url`, or for a grant without users.
    pub fn sign_in(&self) -> Result<SignIn, BuildError> {
        let setting = "authorization_url";
        let grant = &self.lifecycle.source.exchange.settings().grant;
        match &self.sign_in {
            Some(settings) => Ok(SignIn::new(Arc::clone(settings), self.clone())),
            None if matches!(grant, Grant::AuthorizationCode) => Err(BuildError::MissingForSignIn { setting }),
            None => Err(BuildError::WrongGrant {
                setting: "sign_in",
                grant: grant.name(),
            }),
        }
    }

    pub(crate) fn exchange(&self) -> &crate::Exchange {
        &self.lifecycle.source.exchange
    }

    /// The token of a user who has come back, in use from here on (but in manual style).
    pub(crate) async fn redeem(&self, entitlement: Entitlement) -> Result<Token, Error> {
        let adopt = self.lifecycle.policy.style == Style::Automatic;
        self.lifecycle.redeem(entitlement, adopt).await
    }

    /// A manager of its own for a user who has come back, whose token it starts with and tells of.
    pub(crate) async fn redeem_apart(&self, entitlement: Entitlement, callback: UpdateCallback) -> Result<Self, Error> {
        let user = self.like_this(self.lifecycle.source.without_fleet(), Some(callback), None);
        user.lifecycle.redeem(entitlement, true).await?;
        Ok(user)
    }
}
