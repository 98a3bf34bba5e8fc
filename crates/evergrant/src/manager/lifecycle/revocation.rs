//! Revocation of the current token at the authorization server.

use std::sync::Arc;

use super::{Flight, Lifecycle, Mode};
use crate::error::Error;
use crate::events;
use crate::token::Token;
use crate::token_generation::Generation;

/// How often a token that has replaced a revoked one meanwhile is revoked too.
const MAX_ATTEMPTS: u32 = 3;

impl Lifecycle {
    /// Revokes and discards the token, on a task that completes even if this future is dropped.
    pub(in crate::manager) async fn revoke(self: &Arc<Self>) -> Result<(), Error> {
        let lifecycle = Arc::clone(self);
        let revoke = async move {
            let _lock = lifecycle.user_change.lock().await;
            match lifecycle.source.endpoint.settings().grant.needs_user {
                true => lifecycle.revoke_user().await,
                false => lifecycle.revoke_client().await,
            }
        };
        self.detached(revoke).await
    }

    async fn revoke_user(self: &Arc<Self>) -> Result<(), Error> {
        for attempt in 1..=MAX_ATTEMPTS {
            // A renewal may have used up the refresh token.
            self.flight_ended().await;
            let last = self.last_token();
            let is_revoked = match (&self.coordinator, &last) {
                (Some(coordinator), last) => coordinator.revoke_user(last.as_ref(), &self.source).await?,
                (None, Some(last)) => self.source.endpoint.revoke(last).await.map(|()| true)?,
                (None, None) => false,
            };
            if is_revoked {
                events::revoked(&self.client);
            }
            // A renewal may have begun meanwhile. Its token is revoked by the next attempt.
            self.flight_ended().await;
            let is_same = self.last_token().map(|token| token.generation()) == last.map(|token| token.generation());
            if self.coordinator.is_some() || is_same || attempt == MAX_ATTEMPTS {
                break;
            }
        }
        self.discard_user();
        Ok(())
    }

    async fn revoke_client(self: &Arc<Self>) -> Result<(), Error> {
        let last = self.last_token();
        let is_revoked = match &self.coordinator {
            Some(coordinator) => coordinator.revoke_client(last.as_ref(), &self.source).await?,
            None => match &last {
                Some(last) => self.source.endpoint.revoke(last).await.map(|()| true)?,
                None => false,
            },
        };
        if is_revoked {
            events::revoked(&self.client);
        }
        if let Some(last) = last {
            self.discard_revoked(last.generation());
        }
        Ok(())
    }

    /// Waits until the flight in progress has ended, if there is one.
    async fn flight_ended(&self) {
        let flight = {
            let state = self.lock();
            let flight = self.flight(&state, self.runtime.now());
            flight.map(|flight| (Flight::waiter(flight), flight.limit()))
        };
        if let Some((waiter, limit)) = flight {
            // Its outcome is in the state.
            let _ = self.runtime.timeout(limit, waiter.result()).await;
        }
    }

    /// Returns the token with the newest refresh token. In manual mode, the application may have received it.
    fn last_token(&self) -> Option<Token> {
        let state = self.lock();
        state.manual_token.as_ref().or(state.last.as_ref()).cloned()
    }

    /// Discards a token of the client, and its refresh token, unless another one has replaced it.
    fn discard_revoked(&self, generation: Generation) {
        let mut state = self.lock();
        if state.last.as_ref().is_none_or(|last| last.generation() != generation) {
            return;
        }
        state.last = state.last.take().map(Token::without_refresh_token);
        state.rejected = self.policy.mode == Mode::Automatic;
        self.slot.set(None);
    }
}
