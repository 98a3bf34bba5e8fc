//! With the store: what others have is taken over, what they fetch is waited for, and otherwise this process fetches for all.

use std::sync::Arc;
use std::time::Duration;

use super::{Ask, Demand, Fleet, Obtained};
use crate::error::{Error, FleetError};
use crate::jitter;
use crate::manager::deadline::Deadlines;
use crate::manager::events::{self, StoreOperation};
use crate::manager::provider::Source;
use crate::runtime::Timestamp;
use crate::store::{Failure, Lease, Page, StoreError, StoredToken, Urgency, contended};
use crate::token::Token;

/// What the record asks of this process.
enum Step {
    Adopt(StoredToken),
    Remember(Failure, Duration),
    /// Somebody else has the lease, for so long at most.
    Leave(Duration),
    Fetch(Lease),
    /// Somebody else was faster.
    Again,
    /// Others have kept this process from fetching for too long. They may go on to for so long.
    Alone(Duration),
}

/// How soon the record is looked at again while somebody else fetches: without notifications, and with.
const POLL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));
const POLL_NOTIFIED: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// How often somebody else may be faster, and yet neither have the lease nor leave a token or a failure.
const CONFLICTS: u32 = 20;

impl Fleet {
    /// An error means that the store gave no answer, and that nothing was fetched yet.
    pub(super) async fn together(&self, ask: &Ask, source: &Source) -> Result<Obtained, (StoreOperation, StoreError)> {
        let (mut pause, longest) = self.polling();
        let mut told = false;
        let mut conflicts = 0;
        loop {
            let seen = self.changes();
            let page = self.ledger.page().await.map_err(during(StoreOperation::Load))?;
            let stored = self.ledger.token_on(&page).await;
            let step = self.step(ask, &page, stored.as_ref()).await;
            let step = step.map_err(during(StoreOperation::Lease))?;
            // Also one that can be read and not written to is lost.
            self.found();
            let left = match step {
                Step::Adopt(stored) => {
                    self.adopts(&stored);
                    return Ok(Obtained::Adopted(stored.token));
                }
                Step::Remember(failure, left) => {
                    let at = page.local_time(failure.at);
                    return Ok(self.remembered(ask, &failure, at, left, source));
                }
                Step::Alone(left) => return Ok(self.alone(ask.clone(), source, left).await),
                Step::Fetch(lease) => {
                    self.deferral.end();
                    let last = newest(stored.map(|stored| stored.token), ask.last.clone());
                    return Ok(self.fetch(lease, &page, last, ask.started, source).await);
                }
                Step::Again => {
                    conflicts += 1;
                    if conflicts > CONFLICTS {
                        return Err((StoreOperation::Lease, contended()));
                    }
                    Duration::ZERO
                }
                Step::Leave(left) => left,
            };
            if !left.is_zero() {
                if !std::mem::replace(&mut told, true) {
                    events::lease_held(&self.client, left);
                }
                if let Demand::Nobody { .. } = ask.demand {
                    return Ok(Obtained::Later(left));
                }
            }
            let wait = pause.min(left.max(POLL.0));
            self.wait_for_change(seen, jitter::scaled(wait, jitter::around_one(0.2)))
                .await;
            pause = (pause * 2).min(longest);
        }
    }

    /// How soon the record is looked at again: at first, and at last.
    pub(super) fn polling(&self) -> (Duration, Duration) {
        match self.listener {
            Some(_) => POLL_NOTIFIED,
            None => POLL,
        }
    }

    async fn step(&self, ask: &Ask, page: &Page, stored: Option<&StoredToken>) -> Result<Step, StoreError> {
        if let Some(stored) = stored
            && self.is_news(ask, page, stored)
        {
            return Ok(Step::Adopt(stored.clone()));
        }
        let now = self.runtime.now();
        let urgency = match ask.demand {
            Demand::Callers => Urgency::NoToken,
            Demand::Nobody { .. } => Urgency::HasToken,
        };
        if let Some((failure, left)) = page.record.failure(page.now, urgency) {
            return Ok(match self.deferral.to_failure(now) {
                true => Step::Alone(left),
                false => Step::Remember(failure.clone(), left),
            });
        }
        if let Some(left) = page.record.lease_left(page.now, self.settings.lease_term) {
            // Whoever fetches has come to an end by then, and said how.
            let limit = self.flight_timeout.saturating_add(self.change_limit());
            return Ok(match self.deferral.to_lease(now, limit) {
                true => Step::Alone(left),
                false => Step::Leave(left),
            });
        }
        let mut record = page.record.clone();
        if ask.rejected
            && let Some(last) = ask.last_generation(stored)
        {
            self.ledger.remember_rejected(last);
        }
        let newly_rejected = self.ledger.mark_rejected(&mut record);
        let Some(lease) = record.take_lease(self.ledger.owner(), page.now, self.settings.lease_term) else {
            return Ok(Step::Again);
        };
        Ok(match self.ledger.write(page, &record, newly_rejected).await? {
            true => Step::Fetch(lease),
            false => Step::Again,
        })
    }

    /// Whether the stored token is to be used in place of the last one.
    pub(super) fn is_news(&self, ask: &Ask, page: &Page, stored: &StoredToken) -> bool {
        let now = self.runtime.now();
        let token = &stored.token;
        let hard = Deadlines::of(token, now, &self.lifetime, None).hard;
        let narrow = token
            .scopes()
            .is_some_and(|granted| !self.needed_scopes.missing_from(granted).is_empty());
        if narrow || hard.is_some_and(|hard| now.has_reached(hard)) {
            return false;
        }
        let beyond_doubt = page.record.is_beyond_doubt(page.now);
        let ours = ask
            .last
            .as_ref()
            .filter(|last| !ask.rejected && self.is_usable(last, now));
        match ask.last_generation(Some(stored)) {
            Some(last) if last == stored.generation => ask.rejected && beyond_doubt,
            _ if stored.rejected && !beyond_doubt => false,
            Some(last) if last < stored.generation => true,
            // An engine that has lost its latest data, or a token that was fetched without it.
            _ => ours.is_none_or(|ours| match (token.left(now), ours.left(now)) {
                (Some(theirs), Some(ours)) => theirs > ours,
                (theirs, _) => theirs.is_none(),
            }),
        }
    }

    fn is_usable(&self, token: &Token, now: Timestamp) -> bool {
        let hard = Deadlines::of(token, now, &self.lifetime, None).hard;
        hard.is_none_or(|hard| !now.has_reached(hard))
    }

    fn remembered(&self, ask: &Ask, failure: &Failure, at: Timestamp, left: Duration, source: &Source) -> Obtained {
        if let Demand::Nobody { .. } = ask.demand {
            return Obtained::Later(spread(left));
        }
        let error = Error::Fleet(Arc::new(FleetError {
            client: Arc::clone(&self.client),
            message: failure.message.clone(),
            cause: failure.cause.clone(),
            left,
            asked_for: failure.asked_for,
            is_earlier: at.since_boot() < ask.started.since_boot(),
        }));
        // Whoever asks the server directly is to know as well.
        source.exchange.settings().closed.close(self.runtime.now(), &error);
        Obtained::Failed(error)
    }

    async fn wait_for_change(&self, seen: u64, limit: Duration) {
        match &self.listener {
            Some(listener) => {
                // Whether told or not, the record is looked at again.
                let _ = self.runtime.timeout(limit, listener.more_than(seen)).await;
            }
            None => self.runtime.sleep(limit).await,
        }
    }
}

/// Adds to an error what the store was asked for.
fn during(operation: StoreOperation) -> impl FnOnce(StoreError) -> (StoreOperation, StoreError) {
    move |error| (operation, error)
}

/// Of two refresh tokens the later one is good: the fleet's, unless this process has one that it could not save.
fn newest(fleets: Option<Token>, ours: Option<Token>) -> Option<Token> {
    let issued = |token: &Option<Token>| token.as_ref()?.issued().map(Timestamp::since_boot);
    if issued(&ours) > issued(&fleets) {
        return ours;
    }
    fleets.or(ours)
}

/// Those who wait for the same moment do not come back in the same one.
fn spread(wait: Duration) -> Duration {
    jitter::scaled(wait, 1.0 + 0.2 * jitter::unit())
}
