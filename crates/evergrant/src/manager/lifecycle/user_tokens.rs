//! Tokens of users: sign-in, sign-out, and tokens that could not be saved.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Lifecycle, State};
use crate::error::Error;
use crate::events;
use crate::jitter;
use crate::runtime::Timestamp;
use crate::store::{Lease, SaveOutcome};
use crate::token::Token;

/// First and longest pause between attempts to save a user's token, after the store has failed.
const SAVE_PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

impl Lifecycle {
    /// Installs the token of a user who has just signed in. If the user has a record in a store, the token is saved
    /// first.
    pub(in crate::manager) async fn sign_in(self: &Arc<Self>, token: &Token) -> Result<Token, Error> {
        let _lock = self.user_change.lock().await;
        let saved = match &self.coordinator {
            Some(coordinator) => coordinator.sign_in(token, self.runtime.now()).await?,
            None => token.clone(),
        };
        let adopted = self.adopt(&saved);
        adopted.ok_or_else(|| Error::Aborted(Arc::clone(&self.client)))
    }

    /// Saves a user's token that the application has, on a task that completes even if this future is dropped.
    pub(in crate::manager) async fn insert(self: &Arc<Self>, token: Token) -> Result<Token, Error> {
        let lifecycle = Arc::clone(self);
        self.detached(async move { lifecycle.sign_in(&token).await }).await
    }

    /// Removes the record of the user and discards the token, on a task that completes even if this future is dropped.
    pub(in crate::manager) async fn sign_out(self: &Arc<Self>) -> Result<(), Error> {
        let lifecycle = Arc::clone(self);
        let sign_out = async move {
            let _lock = lifecycle.user_change.lock().await;
            if let Some(coordinator) = &lifecycle.coordinator {
                coordinator.sign_out().await?;
            }
            lifecycle.discard_user();
            Ok(())
        };
        self.detached(sign_out).await
    }

    pub(super) async fn detached<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = oneshot::channel();
        let task = async move {
            // Without a receiver, nobody waits for the result.
            let _ = sender.send(change.await);
        };
        self.run_detached(Box::pin(task), receiver).await
    }

    /// Discards the token of a user who has signed out. A flight in progress is dropped.
    pub(super) fn discard_user(&self) {
        let (served, superseded) = {
            let mut state = self.lock();
            let superseded = state.flight.take();
            let served = self.slot.get();
            self.forget(&mut state);
            state.manual_token = None;
            state.signed_out = None;
            state.failure = None;
            (served, superseded)
        };
        drop(superseded);
        if let Some(entry) = served {
            events::signed_out(&self.client, entry.generation());
        }
    }

    /// Discards the token, and what is known about its rejections.
    pub(super) fn forget(&self, state: &mut State) {
        self.slot.set(None);
        state.last = None;
        state.rejected = false;
        state.suppression = Default::default();
        state.rejection_budget = Default::default();
    }

    /// Saves a user's token in the background, until it is saved or another one replaces it. The task keeps the manager
    /// alive: a new one would send the refresh token that this token has replaced.
    pub(super) fn save_later(self: &Arc<Self>, lease: Lease, token: Token, received: Timestamp) {
        let lifecycle = Arc::clone(self);
        let save = async move {
            let mut pause = SAVE_PAUSES.0;
            while let Some(coordinator) = lifecycle.coordinator.as_ref().filter(|_| lifecycle.has_unsaved(&token)) {
                match coordinator.save_again(&lease, &token, received).await {
                    Ok(SaveOutcome::Saved(generation)) => {
                        lifecycle.set_saved(&token, &token.clone().with_saved_generation(generation, received));
                        return;
                    }
                    Ok(SaveOutcome::Superseded) => return,
                    Err(_) => {}
                }
                let wait = jitter::scaled(pause, jitter::around_one(0.2));
                lifecycle.runtime.sleep(wait).await;
                pause = (pause * 2).min(SAVE_PAUSES.1);
            }
        };
        // Without a runtime, the next renewal saves its token.
        let _ = self.runtime.spawn(Box::pin(save));
    }

    fn has_unsaved(&self, token: &Token) -> bool {
        is_unsaved(&self.lock(), token)
    }

    fn set_saved(&self, token: &Token, saved: &Token) {
        let mut state = self.lock();
        if is_unsaved(&state, token) {
            state.last = Some(saved.clone());
        }
    }
}

fn is_unsaved(state: &State, token: &Token) -> bool {
    let last = state.last.as_ref();
    last.is_some_and(|last| last.store_metadata().is_none() && last.generation() == token.generation())
}
