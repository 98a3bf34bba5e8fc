//! A flight among many processes that share a store: what others have is taken over, and one of them fetches for all.

mod alone;
mod breaker;
mod deferral;
mod fetch;
mod settings;
mod together;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::breaker::Breaker;
use self::deferral::Deferral;
pub(super) use self::settings::FleetSettings;
use super::backoff::QuietPolicy;
use super::deadline::{Deadlines, LifetimePolicy};
use super::events::{self, StoreOperation};
use super::provider::Source;
use crate::error::{ClientContext, Error};
use crate::metrics;
use crate::runtime::{SharedRuntime, Timestamp};
use crate::scope::Scopes;
use crate::store::{ChangeListener, Ledger, StoreError, StoreErrorKind, StoreGeneration, StoredToken};
use crate::token::Token;

/// A manager's place in the fleet.
pub(super) struct Fleet {
    settings: FleetSettings,
    ledger: Ledger,
    listener: Option<ChangeListener>,
    client: Arc<ClientContext>,
    runtime: SharedRuntime,
    lifetime: LifetimePolicy,
    quiet: QuietPolicy,
    flight_timeout: Duration,
    /// Without which another process's token is of no use here.
    needed_scopes: Scopes,
    deferral: Deferral,
}

/// What a flight comes to the fleet with.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) last: Option<Token>,
    /// An API has refused it.
    pub(super) rejected: bool,
    pub(super) demand: Demand,
    pub(super) started: Timestamp,
}

impl Ask {
    /// Which of the fleet's tokens the last one is; the stored one also where the answer to saving it was lost.
    fn last_generation(&self, stored: Option<&StoredToken>) -> Option<StoreGeneration> {
        let last = self.last.as_ref()?;
        match last.share() {
            Some(share) => Some(share.generation),
            None => stored
                .filter(|stored| stored.token.access_token().expose() == last.access_token().expose())
                .map(|stored| stored.generation),
        }
    }
}

/// Who depends on the flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// Callers who have nothing, or nothing that lives long enough.
    Callers,
    /// Nobody yet: a token is served until its hard deadline.
    Nobody { deadlines: Deadlines },
}

/// What a flight comes back with.
pub(super) enum Obtained {
    /// A token that this process has fetched.
    Fetched(Token),
    /// A token that another process has fetched.
    Adopted(Token),
    /// Others see to it, and nobody here waits: look again after this time.
    Later(Duration),
    Failed(Error),
}

/// What a look at the record has shown.
pub(super) enum Sight {
    Token(Token),
    /// The token that this process has was refused elsewhere.
    Refused,
    Nothing,
}

/// How long it may take until a flight that waits for others looks again, and then fetches by itself.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// How soon a renewal looks again at a record that it cannot use.
const UNUSABLE_PAUSE: Duration = Duration::from_secs(30);

impl Fleet {
    /// How many changes of the record this process has been told of.
    #[inline]
    pub(super) fn changes(&self) -> u64 {
        self.listener.as_ref().map_or(0, ChangeListener::count)
    }

    pub(super) fn listener(&self) -> Option<&ChangeListener> {
        self.listener.as_ref()
    }

    /// Whether the store is worth a look that nobody has told of: another process's token ends a failure here.
    pub(super) fn is_look_due(&self, last: Option<Timestamp>, now: Timestamp) -> bool {
        let (_, every) = self.polling();
        last.is_none_or(|last| now.elapsed_since(last) >= every) && self.settings.store.breaker().left(now).is_zero()
    }

    /// How much longer a flight may take than one without a fleet: it may wait for another process before it fetches itself.
    pub(super) fn extra_time(&self) -> Duration {
        let operations = self.settings.operation_limit.saturating_mul(8);
        self.flight_timeout.saturating_add(operations).saturating_add(LAST_LOOK)
    }

    pub(super) async fn obtain(&self, ask: Ask, source: &Source) -> Obtained {
        let breaker_left = self.settings.store.breaker().left(self.runtime.now());
        if !breaker_left.is_zero() {
            return self.alone(ask, source, breaker_left).await;
        }
        match self.together(&ask, source).await {
            Ok(obtained) => obtained,
            Err((operation, error)) => {
                let pause = self.lost(operation, &error);
                self.alone(ask, source, pause).await
            }
        }
    }

    /// What other processes have to say about the token; nothing is fetched.
    pub(super) async fn look(&self, ask: &Ask) -> Sight {
        let page = match self.ledger.page().await {
            Ok(page) => page,
            // Callers wait, and are not to wait for the next look as well.
            Err(error) if ask.demand == Demand::Callers && error.kind() != StoreErrorKind::Unusable => {
                self.lost(StoreOperation::Load, &error);
                return Sight::Nothing;
            }
            Err(error) => {
                metrics::store_failed(StoreOperation::Load, &error);
                return Sight::Nothing;
            }
        };
        let Some(stored) = self.ledger.token_on(&page).await else {
            return Sight::Nothing;
        };
        if self.is_news(ask, &page, &stored) {
            self.adopts(&stored);
            Sight::Token(stored.token)
        } else if stored.rejected
            && !page.record.is_beyond_doubt(page.now)
            && ask.last_generation(Some(&stored)) == Some(stored.generation)
        {
            Sight::Refused
        } else {
            Sight::Nothing
        }
    }

    /// Tells the fleet that fresh tokens are refused as well, so that it does not renew for every refusal.
    pub(super) fn replay_refused(self: &Arc<Self>, first: Duration, longest: Duration) {
        let fleet = Arc::clone(self);
        let tell = async move {
            if let Err(error) = fleet.ledger.replay_refused(first, longest).await {
                fleet.lost(StoreOperation::ReplayRefused, &error);
            }
        };
        // Where there is nothing to run it on, this process remembers it for itself.
        let _ = self.runtime.spawn(Box::pin(tell));
    }

    /// Takes [`replay_refused`](Self::replay_refused) back.
    pub(super) async fn end_pause(&self) {
        if !self.settings.store.breaker().left(self.runtime.now()).is_zero() {
            return;
        }
        let limit = self.change_limit();
        let ending = self.runtime.timeout(limit, self.ledger.end_pause()).await;
        if let Err(error) = ending.unwrap_or_else(|| Err(StoreError::timeout(limit))) {
            self.lost(StoreOperation::ReplayRefused, &error);
        }
    }

    /// Gives how long this process need not look again.
    fn lost(&self, operation: StoreOperation, error: &StoreError) -> Duration {
        let pause = match error.kind() {
            // One record that is of no use says nothing of the others.
            StoreErrorKind::Unusable => UNUSABLE_PAUSE,
            _ => self.settings.store.breaker().trip(self.runtime.now()),
        };
        events::store_failed(&self.client, operation, error, pause);
        pause
    }

    /// Another process's token takes the place of this one's.
    fn adopts(&self, stored: &StoredToken) {
        self.deferral.end();
        self.ledger.forget_rejected(stored.generation);
    }

    fn found(&self) {
        if self.settings.store.breaker().mend() {
            events::store_recovered(&self.client);
        }
    }
}
