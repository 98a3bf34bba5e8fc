//! Managers derived from another one: for another token, another user, or other scopes.

use std::sync::Arc;

use super::TokenManager;
use super::builder::check_initial_token;
use super::coordination::Coordinator;
use super::fetch::Source;
use super::lifecycle::Lifecycle;
use super::update_notifications::{UpdateCallback, Updates};
use crate::error::BuildError;
use crate::grant::Repeatable;
use crate::scope::{Scope, Scopes};
use crate::token::Token;

impl TokenManager {
    /// Returns another token manager with the same settings, whose initial token is `token`. Both managers share the
    /// connections to the authorization server. The original manager does not change.
    ///
    /// # Errors
    /// [`BuildError::InvalidToken`] if the token contains characters that are not allowed in a header.
    pub fn with_token(&self, token: Token) -> Result<Self, BuildError> {
        check_initial_token(&token, &self.lifecycle.keys())?;
        let lifecycle = &self.lifecycle;
        let callback = lifecycle.updates.callback();
        let coordinator = lifecycle.coordinator.clone();
        // The record of a user has that user's own token.
        let coordinator = coordinator.filter(|coordinator| !coordinator.is_for_user());
        Ok(self.derive(lifecycle.source.clone(), coordinator, callback, Some(&token)))
    }

    /// Returns a token manager for one of many users, if the application saves the users' tokens itself. Like
    /// [`with_token`](Self::with_token), but the new manager has its own update callback, which receives only the
    /// tokens of this user.
    ///
    /// Create only one manager for each user, in all processes together. Two managers would send the same refresh
    /// token, and many servers sign a user out if they receive a refresh token twice (RFC 9700 section 4.14.2). For web
    /// applications with one process or several, [`UserTokens`](crate::UserTokens) ensures this.
    ///
    /// Dropping the manager does not stop a renewal in progress that may have used up the refresh token: the callback
    /// still receives the new token.
    ///
    /// # Errors
    /// Same as [`with_token`](Self::with_token).
    pub fn for_user(
        &self,
        token: Token,
        on_token_update: impl Fn(Token) + Send + Sync + 'static,
    ) -> Result<Self, BuildError> {
        check_initial_token(&token, &self.lifecycle.keys())?;
        let callback: UpdateCallback = Arc::new(on_token_update);
        Ok(self.derive_for_user(callback, Some(&token)))
    }

    /// Returns another token manager with the same settings that requests these scopes instead. The new manager starts
    /// without a token. The original manager does not change.
    ///
    /// Both managers share the connections to the authorization server, the wait that its `Retry-After` requests, the
    /// update callback and the [token provider](crate::TokenProvider). A token provider that stores tokens must
    /// distinguish them by the [`scopes`](crate::TokenEndpoint::scopes) of the `TokenEndpoint` that it receives.
    ///
    /// # Errors
    /// [`BuildError::InvalidScope`] for an invalid scope. [`BuildError::WrongGrant`] for the authorization code grant,
    /// because the user has approved only the scopes of the original manager.
    pub fn with_scopes<S: Scope>(&self, scopes: impl IntoIterator<Item = S>) -> Result<Self, BuildError> {
        let mut wanted = Scopes::default();
        wanted.extend(scopes);
        if let Some(scope) = wanted.first_invalid() {
            let scope = scope.to_owned();
            return Err(BuildError::InvalidScope { scope });
        }
        let source = &self.lifecycle.source;
        let grant = &source.endpoint.settings().grant;
        if grant.needs_user {
            return Err(BuildError::WrongGrant {
                setting: "with_scopes",
                grant: grant.name().to_owned(),
            });
        }
        let source = source.with_scopes(wanted);
        let coordinator = self.lifecycle.coordinator.as_ref();
        let coordinator = coordinator.map(|coordinator| Arc::new(coordinator.for_endpoint(source.endpoint.settings())));
        let callback = self.lifecycle.updates.callback();
        Ok(self.derive(source, coordinator, callback, None))
    }

    /// Returns a manager with the same settings for another grant. The new manager starts without a token.
    pub(super) fn with_grant(&self, grant: impl Repeatable + Clone) -> Self {
        let source = self.lifecycle.source.with_grant(grant.clone());
        let coordinator = self.lifecycle.coordinator.as_ref();
        let coordinator = coordinator.map(|coordinator| {
            let settings = source.endpoint.settings();
            Arc::new(coordinator.with_grant(&grant, settings))
        });
        self.derive(source, coordinator, self.lifecycle.updates.callback(), None)
    }

    /// Derives a manager without a store: a user's token is not shared.
    pub(super) fn derive_for_user(&self, callback: UpdateCallback, token: Option<&Token>) -> Self {
        self.derive(self.lifecycle.source.clone(), None, Some(callback), token)
    }

    pub(super) fn derive(
        &self,
        source: Source,
        coordinator: Option<Arc<Coordinator>>,
        callback: Option<UpdateCallback>,
        token: Option<&Token>,
    ) -> Self {
        let lifecycle = &self.lifecycle;
        let updates = Updates::new(callback, &lifecycle.client);
        Self {
            lifecycle: Lifecycle::new(
                Arc::clone(&lifecycle.client),
                source,
                coordinator,
                lifecycle.policy,
                updates,
                token,
            ),
            sign_in: self.sign_in.clone(),
        }
    }
}
