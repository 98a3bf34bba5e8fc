//! What a record says, and how it changes: pure functions of the record and of the engine's time.

mod bounds;
mod cause;
mod json;
mod tag;

use std::time::Duration;

use serde_json::{Map, Value};

pub use self::bounds::MAX_RECORD_SIZE;
use self::bounds::{CLOCK_TOLERANCE, LONGEST_REFUSALS, LONGEST_USE, left_of, number_after, term};
pub(crate) use self::bounds::{LEASE_TERM, LONGEST_PAUSE, is_last, millis};
pub(crate) use self::json::RecordError;
pub(crate) use self::tag::{Tagged, with_tag};
use super::{Lease, StoreGeneration};
use crate::Secret;
use crate::error::SharedCause;

/// A time on the engine's clock, since 1970.
pub(crate) type StoreTime = Duration;

/// Everything that a fleet knows of one token.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// Greater with each write, so that an older record is known for one.
    pub(crate) revision: u64,
    /// The number of the newest lease. Each new one is greater, even if the engine lost the record in between.
    pub(crate) fence: u64,
    pub(crate) lease: Option<HeldLease>,
    pub(crate) token: Option<SharedToken>,
    pub(crate) failure: Option<Failure>,
    pub(crate) refusals: Option<FleetRefusals>,
    /// For operators.
    pub(crate) client: Option<RecordClient>,
    /// What newer versions of this library have added; kept as it is.
    pub(crate) others: Map<String, Value>,
}

/// Who fetches, and until when others leave it to them.
#[derive(Debug, Clone)]
pub(crate) struct HeldLease {
    pub(crate) owner: String,
    pub(crate) until: StoreTime,
    /// How long it lasts from its last extension.
    pub(crate) term: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct SharedToken {
    pub(crate) generation: StoreGeneration,
    pub(crate) issued: StoreTime,
    pub(crate) expires: Option<StoreTime>,
    /// An API refused it.
    pub(crate) rejected: bool,
    /// It replaced one that an API refused.
    pub(crate) unproven: bool,
    pub(crate) renewable: bool,
    pub(crate) body: Body,
}

/// The token itself, as JSON.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Plain(Secret),
    Sealed(String),
}

/// A failure that the whole fleet remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) at: StoreTime,
    pub(crate) pauses: Pauses,
    /// In a row.
    pub(crate) count: u32,
    pub(crate) message: String,
    pub(crate) cause: SharedCause,
    /// The server itself asked for this pause.
    pub(crate) asked_for: bool,
}

/// For how long nothing is sent after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pauses {
    pub(crate) with_token: Duration,
    /// While there is none, which is more urgent.
    pub(crate) without_token: Duration,
}

/// Fresh tokens are refused as well, so that until then a refusal is no reason to renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FleetRefusals {
    pub(crate) until: StoreTime,
    pub(crate) streak: u32,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    HasToken,
    NoToken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordClient {
    pub(crate) client_id: String,
    pub(crate) endpoint: String,
    pub(crate) scopes: String,
}

/// How long it is kept beyond its last use otherwise, so that numbers go on where they were.
const A_WHILE: Duration = Duration::from_secs(3600);

impl Record {
    /// One that says nothing, in place of one that is missing or not believed: what is written over it has a greater revision.
    pub(crate) fn above(revision: u64) -> Self {
        Self {
            revision,
            ..Self::default()
        }
    }

    /// Makes this a newer record than the one that it was read from.
    pub(crate) fn advance(&mut self, now: StoreTime) {
        self.revision = number_after(self.revision, now);
    }

    /// Nobody but the caller may fetch from here on; `None` when somebody else holds the lease.
    pub(crate) fn take_lease(&mut self, owner: &str, now: StoreTime, term: Duration) -> Option<Lease> {
        if self.lease_left(now, term).is_some() {
            return None;
        }
        self.fence = number_after(self.fence.max(self.revision), now);
        self.lease = Some(HeldLease {
            owner: owner.to_owned(),
            until: now.saturating_add(term),
            term,
        });
        Some(Lease {
            fence: self.fence,
            owner: owner.into(),
        })
    }

    /// How long somebody's lease still lasts, for a process whose own leases last for `ours`.
    pub(crate) fn lease_left(&self, now: StoreTime, ours: Duration) -> Option<Duration> {
        let lease = self.lease.as_ref()?;
        let term = term(lease.term, ours);
        left_of(lease.until.saturating_sub(lease.term) + term, term, now)
    }

    /// Whether nobody has taken the lease since. A record that the engine has lost was taken over by nobody.
    pub(crate) fn honours(&self, lease: &Lease) -> bool {
        let other = self.lease.as_ref().is_some_and(|held| held.owner != *lease.owner);
        self.fence < lease.fence || self.fence == lease.fence && !other
    }

    /// Extends the lease, if it is still this one.
    pub(crate) fn extend_lease(&mut self, lease: &Lease, now: StoreTime, term: Duration) -> bool {
        let ours = self.fence == lease.fence && self.honours(lease);
        match &mut self.lease {
            Some(held) if ours => {
                held.until = now.saturating_add(term);
                held.term = term;
                true
            }
            _ => false,
        }
    }

    /// The lease is given back, if it is still this one.
    pub(crate) fn end_lease(&mut self, lease: &Lease) -> bool {
        let ours = self.fence == lease.fence && self.lease.is_some() && self.honours(lease);
        if ours {
            self.lease = None;
        }
        ours
    }

    /// The number of the next token.
    pub(crate) fn next_generation(&self, now: StoreTime) -> StoreGeneration {
        let last = self.token.as_ref().map_or(0, |token| token.generation.0);
        StoreGeneration(number_after(last.max(self.revision), now))
    }

    /// Puts a new token in, and ends what stood in its way.
    pub(crate) fn put(&mut self, token: SharedToken, lease: &Lease) {
        self.fence = lease.fence;
        self.lease = None;
        self.token = Some(token);
        self.failure = None;
    }

    /// Whether the mark is new.
    pub(crate) fn reject(&mut self, generation: StoreGeneration) -> bool {
        match &mut self.token {
            Some(token) if token.generation == generation => !std::mem::replace(&mut token.rejected, true),
            _ => false,
        }
    }

    /// Whether a refusal says nothing about the token: fresh ones are refused as well.
    pub(crate) fn is_beyond_doubt(&self, now: StoreTime) -> bool {
        self.pause(now).is_some()
    }

    /// Until when that is so.
    pub(crate) fn pause(&self, now: StoreTime) -> Option<StoreTime> {
        let until = self.refusals?.until;
        left_of(until, LONGEST_REFUSALS, now).map(|_| until)
    }

    /// The failure that is still to be remembered, and for how long.
    pub(crate) fn failure(&self, now: StoreTime, urgency: Urgency) -> Option<(&Failure, Duration)> {
        let failure = self.failure.as_ref()?;
        let pause = match urgency {
            Urgency::HasToken => failure.pauses.with_token,
            Urgency::NoToken => failure.pauses.without_token,
        };
        let pause = pause.min(LONGEST_PAUSE);
        Some((failure, left_of(failure.at.saturating_add(pause), pause, now)?))
    }

    /// The token, unless it comes from the future: then the engine's clock was set back, and nobody knows how old it is.
    pub(crate) fn token(&self, now: StoreTime) -> Option<&SharedToken> {
        self.token
            .as_ref()
            .filter(|token| token.issued <= now.saturating_add(CLOCK_TOLERANCE))
    }

    /// For how long it is of use.
    pub(crate) fn keep(&self, now: StoreTime) -> Duration {
        let token = self.token.as_ref();
        let token = token.map(|token| match token.expires {
            Some(expires) if !token.renewable => expires.saturating_sub(now).min(LONGEST_USE),
            _ => LONGEST_USE,
        });
        // The longest pause is more than any lease lasts, too.
        let others = [
            self.lease.as_ref().map(|lease| lease.until),
            self.failure.as_ref().map(|failure| {
                let pause = failure.pauses.with_token.max(failure.pauses.without_token);
                failure.at.saturating_add(pause)
            }),
            self.refusals.map(|refusals| refusals.until),
        ];
        let others = others.into_iter().flatten();
        let others = others.map(|until| until.saturating_sub(now).min(LONGEST_PAUSE));
        others.chain(token).max().unwrap_or_default().saturating_add(A_WHILE)
    }
}

#[cfg(all(test, not(evergrant_loom)))]
mod tests;
