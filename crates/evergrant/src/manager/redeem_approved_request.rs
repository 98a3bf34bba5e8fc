//! Sends token requests that a user has approved. The token manager then uses the new token.

use std::sync::Arc;

use super::TokenManager;
use super::lifecycle::Mode;
use super::update_notifications::UpdateCallback;
use crate::authorization::SignInSettings;
use crate::error::Error;
use crate::grant::GrantRequest;
use crate::token::Token;

impl TokenManager {
    pub(crate) fn sign_in_settings(&self) -> Option<&Arc<SignInSettings>> {
        self.sign_in.as_ref()
    }

    pub(crate) fn endpoint(&self) -> &crate::TokenEndpoint {
        &self.lifecycle.source.endpoint
    }

    /// Sends a token request that a user has approved, such as one with a device code (RFC 8628 section 3.4), and
    /// returns the token. The manager uses this token from then on; in [manual
    /// mode](crate::TokenManagerBuilder::manual), it does not. For the authorization code grant, use
    /// [`SignIn`](crate::SignIn), which calls this method.
    ///
    /// The request runs on a separate task. Dropping the future does not stop the request, because the server may
    /// accept it only once. A [polled](GrantRequest::polling) request is not repeated after the future was dropped.
    ///
    /// # Errors
    /// See [`Error`]. After an error, the current token of the manager is unchanged.
    pub async fn redeem(&self, request: GrantRequest) -> Result<Token, Error> {
        // A user's token would replace the client's token, and processes would share it.
        if !self.endpoint().settings().grant.needs_user {
            return Err(Error::grant(
                "it does not need a user, so there is nothing to redeem; use a grant whose needs_user() is true",
            ));
        }
        let adopt = self.lifecycle.policy.mode == Mode::Automatic;
        self.lifecycle.redeem(request, adopt).await
    }

    /// Returns a separate manager for a user who has just signed in. It starts with the user's token, and the callback
    /// gets it.
    pub(crate) async fn redeem_for_user(&self, request: GrantRequest, callback: UpdateCallback) -> Result<Self, Error> {
        let user = self.derive_for_user(callback, None);
        user.lifecycle.redeem(request, true).await?;
        Ok(user)
    }
}
