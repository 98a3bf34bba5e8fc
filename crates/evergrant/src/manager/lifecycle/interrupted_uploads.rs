//! Connections that break while a request's body is sent, before a response. A server that rejects a token without
//! reading the body closes the connection, and its 401 may be lost.

use std::sync::atomic::Ordering;

use super::Lifecycle;
use crate::token_generation::Generation;
use crate::token_rejection::{Interruption, Rejection};

/// How many interrupted requests in a row, without a response to another one, discard their token.
const MAX_INTERRUPTIONS: u32 = 2;

#[derive(Debug, Default)]
pub(super) struct Interruptions {
    /// The token of the interrupted requests, and how many there were since the last response to another one.
    of_token: Option<(Generation, u32)>,
    /// A token was discarded, and no request with a body has received a response since.
    has_discarded: bool,
}

/// The effect of an interruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Nothing,
    /// The token is discarded.
    Discard,
    /// Requests with another token were interrupted too.
    Persistent,
}

impl Lifecycle {
    /// Records that a request with this token was interrupted.
    pub(in crate::manager) fn interrupt(&self, generation: Generation) -> Interruption {
        let effect = {
            let mut state = self.lock();
            let is_current = self.slot.get().is_some_and(|entry| entry.generation() == generation);
            match is_current {
                true => state.interruptions.record(generation),
                false => Effect::Nothing,
            }
        };
        self.interrupted.store(true, Ordering::Release);
        match effect {
            Effect::Nothing => Interruption::Transient,
            Effect::Persistent => Interruption::Persistent,
            Effect::Discard => match self.reject(generation) {
                Rejection::Accepted | Rejection::Superseded => Interruption::Transient,
                Rejection::Suppressed => Interruption::Persistent,
            },
        }
    }

    /// Records that an API has responded to a request, and has not rejected its token.
    #[inline]
    pub(in crate::manager) fn note_acceptance(&self, generation: Generation, has_body: bool) {
        if self.interrupted.load(Ordering::Relaxed) {
            self.end_interruptions(generation, has_body);
        }
    }

    #[cold]
    fn end_interruptions(&self, generation: Generation, has_body: bool) {
        let interruptions = &mut self.lock().interruptions;
        interruptions.of_token = None;
        if has_body {
            interruptions.has_discarded = false;
            // The token that replaced a discarded one.
            if let Some(entry) = self.slot.get().filter(|entry| entry.generation() == generation) {
                entry.mark_proven();
            }
        }
        self.interrupted.store(interruptions.has_discarded, Ordering::Release);
    }
}

impl Interruptions {
    fn record(&mut self, generation: Generation) -> Effect {
        let earlier = self.of_token.filter(|(of, _)| *of == generation);
        let count = earlier.map_or(0, |(_, count)| count).saturating_add(1);
        self.of_token = Some((generation, count));
        match (count < MAX_INTERRUPTIONS, self.has_discarded) {
            (true, _) => Effect::Nothing,
            (false, true) => Effect::Persistent,
            (false, false) => {
                self.has_discarded = true;
                Effect::Discard
            }
        }
    }
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use super::*;

    #[test]
    fn one_token_is_discarded_until_a_request_with_a_body_gets_a_response() {
        let mut interruptions = Interruptions::default();
        let (first, second) = (Generation(1), Generation(2));
        assert_eq!(interruptions.record(first), Effect::Nothing);
        assert_eq!(interruptions.record(first), Effect::Discard);
        assert_eq!(interruptions.record(second), Effect::Nothing, "the new token");
        assert_eq!(interruptions.record(second), Effect::Persistent);
        assert_eq!(interruptions.record(second), Effect::Persistent);
        assert_eq!(interruptions.record(Generation(3)), Effect::Nothing);
        assert_eq!(interruptions.record(Generation(3)), Effect::Persistent);
    }
}
