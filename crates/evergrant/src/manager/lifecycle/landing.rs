//! What a flight's end changes.

use std::sync::Arc;
use std::time::Duration;

use super::{Lifecycle, State};
use crate::error::Error;
use crate::manager::backoff::Setback;
use crate::manager::deadline::Deadlines;
use crate::manager::entry::Entry;
use crate::manager::events;
use crate::manager::flight::{Landing, Outcome};
use crate::runtime::Timestamp;
use crate::token::{Generation, Token};

/// While a token is served, how often an application is asked whether its refused credentials have changed.
const CREDENTIAL_CHECK: Duration = Duration::from_secs(1);

impl Lifecycle {
    /// `None` when the flight was given up long ago.
    pub(in crate::manager) fn land(self: &Arc<Self>, id: u64, landing: Landing) -> Option<Outcome> {
        let now = self.runtime.now();
        let mut state = self.lock();
        let flight = state.flight.take_if(|flight| flight.id == id)?;
        let took = now.elapsed_since(flight.started);
        let aborted = || Error::Aborted(Arc::clone(&self.client));
        let error = match landing {
            Landing::Token(token) => match self.install(&mut state, &token, now, took) {
                Some(entry) => return Some(Ok(entry)),
                None => aborted(),
            },
            Landing::NothingNew(error) => {
                self.pause_renewal(now.plus(CREDENTIAL_CHECK));
                return Some(Err(error));
            }
            Landing::Aborted => {
                self.pause_renewal(now);
                return Some(Err(aborted()));
            }
            Landing::Failed(error) => error,
            Landing::Panicked(message) => Error::Panicked {
                client: Arc::clone(&self.client),
                message: message.into(),
            },
        };
        state.failures = state.failures.saturating_add(1);
        state.fetches_failed += 1;
        let setback = Setback::new(error.clone(), state.failures, now, &self.policy.quiet);
        let valid = self.slot.get().filter(|entry| entry.is_valid(now));
        let quiet_until = match &valid {
            Some(_) => setback.pauses_renewal_until(),
            None => setback.silences_callers_until(),
        };
        events::failed(&self.client, &error, took, quiet_until.elapsed_since(now));
        if let Some(entry) = valid {
            events::served_stale(&self.client, entry.generation(), &error);
        }
        self.pause_renewal(setback.pauses_renewal_until());
        state.setback = Some(setback);
        Some(Err(error))
    }

    fn install(&self, state: &mut State, token: &Token, now: Timestamp, took: Duration) -> Option<Arc<Entry>> {
        let deadlines = Deadlines::of(token, now, &self.policy.lifetime, state.last_lifetime);
        let generation = Generation(state.generation.0 + 1);
        let token = token.with_generation(generation);
        let entry = Arc::new(Entry::new(token.clone(), deadlines, state.rejected)?);
        state.generation = generation;
        state.last = Some(token.clone());
        state.last_lifetime = deadlines.lifetime.or(state.last_lifetime);
        state.setback = None;
        state.failures = 0;
        state.tokens_obtained += 1;
        if entry.is_valid(now) {
            state.rejected = false;
            self.slot.set(Some(Arc::clone(&entry)));
        } else {
            // Good for those who wait, and for nobody else.
            self.pause_renewal(now.plus(self.policy.quiet.first));
        }
        events::renewed(&self.client, generation, took, deadlines.lifetime);
        self.updates.announce(&token, &self.runtime);
        Some(entry)
    }

    pub(super) fn install_preset(&self, token: &Token) {
        let now = self.runtime.now();
        let mut state = self.lock();
        let deadlines = Deadlines::of(token, now, &self.policy.lifetime, None);
        state.generation = Generation(1);
        let token = token.with_generation(state.generation);
        state.last = Some(token.clone());
        state.last_lifetime = deadlines.lifetime;
        match Entry::new(token, deadlines, false) {
            Some(entry) if entry.is_valid(now) => self.slot.set(Some(Arc::new(entry))),
            _ => events::preset_expired(&self.client),
        }
    }
}
