//! A flight among many processes that share a store: what others have is taken over, and one of them fetches for all.

mod alone;
mod breaker;
mod settings;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

pub(crate) use self::breaker::Breaker;
pub(super) use self::settings::FleetSettings;
use super::backoff::{QuietPolicy, Setback};
use super::deadline::{Deadlines, LifetimePolicy};
use super::events::{self, StoreOperation};
use super::provider::Source;
use crate::error::{ClientContext, Error, FleetError, Refusal, TimeoutScope, TokenResponseProblem};
use crate::redact::Redactor;
use crate::runtime::{SharedRuntime, Timestamp};
use crate::scope::Scopes;
use crate::store::{
    ChangeListener, Failure, Lease, LeaseRenewal, Ledger, Page, Pauses, SaveOutcome, StoreError, StoreErrorKind,
    StoreGeneration, StoredToken, Urgency,
};
use crate::token::Token;
use crate::{jitter, metrics};

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
}

/// What a flight comes to the fleet with.
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

/// What the record asks of this process.
enum Step {
    Adopt(Token),
    Remember(Failure, Duration),
    /// Somebody else has the lease, for so long at most.
    Leave(Duration),
    Fetch(Lease),
    /// Somebody else was faster.
    Again,
}

/// How soon the record is looked at again while somebody else fetches: without notifications, and with.
const POLL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));
const POLL_NOTIFIED: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

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

    /// How much longer a flight may take than one without a fleet: it may wait for another process before it fetches itself.
    pub(super) fn extra_time(&self) -> Duration {
        let operations = self.settings.operation_limit.saturating_mul(8);
        self.flight_timeout.saturating_add(operations)
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
            Err(error) => {
                metrics::store_failed(StoreOperation::Load, &error);
                return Sight::Nothing;
            }
        };
        let Some(stored) = self.ledger.token_on(&page).await else {
            return Sight::Nothing;
        };
        if self.is_news(ask, &page, &stored) {
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

    /// An error means that the store gave no answer, and that nothing was fetched yet.
    async fn together(&self, ask: &Ask, source: &Source) -> Result<Obtained, (StoreOperation, StoreError)> {
        let until = ask.started.plus(self.flight_timeout);
        let (mut pause, longest) = match self.listener {
            Some(_) => POLL_NOTIFIED,
            None => POLL,
        };
        let mut told = false;
        loop {
            let seen = self.changes();
            let page = self.ledger.page().await.map_err(during(StoreOperation::Load))?;
            let stored = self.ledger.token_on(&page).await;
            let step = self.step(ask, &page, stored.as_ref()).await;
            let step = step.map_err(during(StoreOperation::Lease))?;
            // Also one that can be read and not written to is lost.
            self.found();
            let left = match step {
                Step::Adopt(token) => return Ok(Obtained::Adopted(token)),
                Step::Remember(failure, left) => return Ok(self.remembered(ask, &failure, left, source)),
                Step::Fetch(lease) => {
                    let last = newest(stored.map(|stored| stored.token), ask.last.clone());
                    return Ok(self.fetch(lease, &page, last, ask.started, source).await);
                }
                Step::Again => Duration::ZERO,
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
            let now = self.runtime.now();
            if now.since_boot() >= until.since_boot() {
                let settings = source.exchange.settings();
                return Ok(Obtained::Failed(
                    settings.timeout(TimeoutScope::Flight, self.flight_timeout),
                ));
            }
            let wait = pause
                .min(left.max(POLL.0))
                .min(now.until(until).max(Duration::from_millis(1)));
            self.wait_for_change(seen, jitter::scaled(wait, jitter::around_one(0.2)))
                .await;
            pause = (pause * 2).min(longest);
        }
    }

    async fn step(&self, ask: &Ask, page: &Page, stored: Option<&StoredToken>) -> Result<Step, StoreError> {
        if let Some(stored) = stored
            && self.is_news(ask, page, stored)
        {
            return Ok(Step::Adopt(stored.token.clone()));
        }
        let urgency = match ask.demand {
            Demand::Callers => Urgency::NoToken,
            Demand::Nobody { .. } => Urgency::HasToken,
        };
        if let Some((failure, left)) = page.record.failure(page.now, urgency) {
            return Ok(Step::Remember(failure.clone(), left));
        }
        if let Some(left) = page.record.lease_left(page.now) {
            return Ok(Step::Leave(left));
        }
        self.ledger.check_seal().await?;
        let mut record = page.record.clone();
        let last = ask.last_generation(stored);
        let newly_rejected = ask.rejected && last.is_some_and(|last| record.reject(last));
        let Some(lease) = record.take_lease(self.ledger.owner(), page.now, self.settings.lease_term) else {
            return Ok(Step::Again);
        };
        Ok(match self.ledger.write(page, &record, newly_rejected).await? {
            true => Step::Fetch(lease),
            false => Step::Again,
        })
    }

    /// Whether the stored token is to be used in place of the last one.
    fn is_news(&self, ask: &Ask, page: &Page, stored: &StoredToken) -> bool {
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

    fn remembered(&self, ask: &Ask, failure: &Failure, left: Duration, source: &Source) -> Obtained {
        if let Demand::Nobody { .. } = ask.demand {
            return Obtained::Later(spread(left));
        }
        let error = Error::Fleet(Arc::new(FleetError {
            client: Arc::clone(&self.client),
            message: Redactor::new([]).line(&failure.message, 400),
            left,
            asked_for: failure.asked_for,
        }));
        // Whoever asks the server directly is to know as well.
        source.exchange.settings().closed.close(self.runtime.now(), &error);
        Obtained::Failed(error)
    }

    async fn fetch(
        &self,
        lease: Lease,
        page: &Page,
        last: Option<Token>,
        started: Timestamp,
        source: &Source,
    ) -> Obtained {
        events::lease_acquired(&self.client);
        let closed = source.exchange.settings().closed.left(self.runtime.now());
        let outcome = self.keeping(&lease, source.fetch(last, started)).await;
        let received = self.runtime.now();
        match outcome {
            Ok(token) if token.left(received).is_some_and(|left| left.is_zero()) => {
                self.give_back(&lease, None).await;
                Obtained::Fetched(token)
            }
            Ok(token) => Obtained::Fetched(self.save(&lease, token, received).await),
            Err(error) => {
                let failure = self.to_share(&error, page, received, closed);
                self.give_back(&lease, failure).await;
                Obtained::Failed(error)
            }
        }
    }

    /// The lease is extended for as long as the fetch takes.
    async fn keeping(&self, lease: &Lease, fetch: impl Future<Output = Result<Token, Error>>) -> Result<Token, Error> {
        let term = self.settings.lease_term;
        let extending = async {
            loop {
                self.runtime.sleep(term / 3).await;
                match self.ledger.renew(lease, term).await {
                    Ok(LeaseRenewal::Extended) => {}
                    Ok(LeaseRenewal::Lost) => std::future::pending::<()>().await,
                    // There may be time for another try.
                    Err(error) => metrics::store_failed(StoreOperation::Lease, &error),
                }
            }
        };
        let (mut fetch, mut extending) = (pin!(fetch), pin!(extending));
        std::future::poll_fn(|context| {
            if let Poll::Ready(outcome) = fetch.as_mut().poll(context) {
                return Poll::Ready(outcome);
            }
            let _: Poll<()> = extending.as_mut().poll(context);
            Poll::Pending
        })
        .await
    }

    async fn save(&self, lease: &Lease, token: Token, received: Timestamp) -> Token {
        let limit = self.change_limit();
        let saving = self.ledger.save_renewed(lease, &token, received);
        match self.runtime.timeout(limit, saving).await {
            Some(Ok(SaveOutcome::Saved(generation))) => token.saved_as(generation, received),
            Some(Ok(SaveOutcome::Superseded)) => {
                events::lease_lost(&self.client);
                token
            }
            Some(Err(error)) => {
                self.lost(StoreOperation::Save, &error);
                token
            }
            None => {
                self.lost(StoreOperation::Save, &StoreError::timeout(limit));
                token
            }
        }
    }

    async fn give_back(&self, lease: &Lease, failure: Option<(String, Pauses, bool)>) {
        let limit = self.change_limit();
        let giving_back = self.ledger.fail(lease, failure.as_ref());
        let outcome = self.runtime.timeout(limit, giving_back).await;
        // Otherwise the lease runs out by itself.
        if let Err(error) = outcome.unwrap_or_else(|| Err(StoreError::timeout(limit))) {
            self.lost(StoreOperation::Release, &error);
        }
    }

    /// Callers wait for a change, so it takes no longer than the two operations that it is made of may.
    fn change_limit(&self) -> Duration {
        self.settings.operation_limit.saturating_mul(2)
    }

    /// What all should remember of a failure: its text, for how long, and whether the server asked for that. A refusal of the
    /// credentials is this process's own, as others may have the new secret already.
    fn to_share(&self, error: &Error, page: &Page, now: Timestamp, closed: Duration) -> Option<(String, Pauses, bool)> {
        let shared = match error {
            Error::OAuthProvider(_) => error.refusal() != Refusal::Credentials,
            // Others may be content with fewer scopes.
            Error::TokenResponse(error) => !matches!(error.problem(), TokenResponseProblem::ScopesNotGranted(_)),
            Error::Unreachable(_) | Error::Timeout(_) => true,
            _ => false,
        };
        let failures = page.record.failure.as_ref().map_or(0, |failure| failure.count);
        let setback = Setback::new(error.clone(), failures.saturating_add(1), now, &self.quiet);
        let asked_for = error.retry_after().is_some_and(|wait| !wait.is_zero());
        let pauses = match asked_for && !closed.is_zero() {
            // Nothing was sent, for the server's word of a while ago still holds, and for no longer than it said.
            true => [closed; 2],
            false => {
                [setback.pauses_renewal_until(), setback.silences_callers_until()].map(|until| until.elapsed_since(now))
            }
        };
        let [with_token, without_token] = pauses;
        let pauses = Pauses {
            with_token,
            without_token,
        };
        shared.then(|| (error.to_string(), pauses, asked_for))
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

    fn found(&self) {
        if self.settings.store.breaker().mend() {
            events::store_recovered(&self.client);
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
