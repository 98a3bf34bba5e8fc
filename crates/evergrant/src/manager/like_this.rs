//! Managers made from another one: for another token, another user, other scopes.

use std::sync::Arc;

use super::TokenManager;
use super::builder::check_preset;
use super::lifecycle::Lifecycle;
use super::provider::Source;
use super::updates::{UpdateCallback, Updates};
use crate::error::BuildError;
use crate::scope::{Scope, Scopes};
use crate::token::Token;

impl TokenManager {
    /// A manager like this one that starts from the given token. This one is unchanged; both share the connection to the
    /// authorization server.
    ///
    /// # Errors
    /// [`BuildError::InvalidToken`] when no header can carry the token.
    pub fn with_token(&self, token: Token) -> Result<Self, BuildError> {
        check_preset(&token)?;
        let callback = self.lifecycle.updates.callback();
        Ok(self.like_this(self.lifecycle.source.clone(), callback, Some(&token)))
    }

    /// As [`with_token`](Self::with_token), for one of many users, such as those of a web application: the new manager has an
    /// update callback of its own, which is told of this user's tokens alone and may store each as that user's.
    ///
    /// The new manager uses no [store](crate::TokenManagerBuilder::store): what lies there is not this user's alone.
    ///
    /// Dropping the manager stops no renewal that may have used up the refresh token: the callback is told of the new one.
    ///
    /// # Errors
    /// As [`with_token`](Self::with_token).
    pub fn for_user(
        &self,
        token: Token,
        on_token_update: impl Fn(Token) + Send + Sync + 'static,
    ) -> Result<Self, BuildError> {
        check_preset(&token)?;
        let callback: UpdateCallback = Arc::new(on_token_update);
        Ok(self.like_this(self.lifecycle.source.without_fleet(), Some(callback), Some(&token)))
    }

    /// A manager like this one that asks for these scopes instead, and has no token yet. This one is unchanged; both share the
    /// connection to the authorization server, its `Retry-After`, the update callback, and the token provider: one that keeps
    /// tokens keeps them by the [`scopes`](crate::Exchange::scopes) of the exchange that it is given.
    ///
    /// # Errors
    /// [`BuildError::InvalidScope`]; [`BuildError::WrongGrant`] for the authorization code grant, whose scopes a user has
    /// agreed to.
    pub fn with_scopes<S: Scope>(&self, scopes: impl IntoIterator<Item = S>) -> Result<Self, BuildError> {
        let mut wanted = Scopes::default();
        wanted.extend(scopes);
        if let Some(scope) = wanted.first_invalid() {
            let scope = scope.to_owned();
            return Err(BuildError::InvalidScope { scope });
        }
        let source = &self.lifecycle.source;
        let grant = &source.exchange.settings().grant;
        if grant.entitlement().is_none() {
            return Err(BuildError::WrongGrant {
                setting: "with_scopes",
                grant: grant.name(),
            });
        }
        let callback = self.lifecycle.updates.callback();
        Ok(self.like_this(source.with_scopes(wanted), callback, None))
    }

    pub(super) fn like_this(&self, source: Source, callback: Option<UpdateCallback>, token: Option<&Token>) -> Self {
        let lifecycle = &self.lifecycle;
        let updates = Updates::new(callback, &lifecycle.client);
        Self {
            lifecycle: Lifecycle::new(Arc::clone(&lifecycle.client), source, lifecycle.policy, updates, token),
            #[cfg(feature = "sign-in")]
            sign_in: self.sign_in.clone(),
        }
    }
}
