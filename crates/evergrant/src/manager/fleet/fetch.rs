//! The fetch of the one that has the lease: it keeps the lease meanwhile, and tells all how it ended.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::{Fleet, Obtained};
use crate::error::{Error, Refusal, SharedCause, TokenResponseProblem};
use crate::manager::backoff::Setback;
use crate::manager::events::{self, StoreOperation};
use crate::manager::provider::Source;
use crate::metrics;
use crate::runtime::Timestamp;
use crate::store::{FailureNote, Lease, LeaseRenewal, Page, Pauses, SaveOutcome, StoreError};
use crate::token::Token;

impl Fleet {
    pub(super) async fn fetch(
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

    async fn give_back(&self, lease: &Lease, failure: Option<FailureNote>) {
        let limit = self.change_limit();
        let giving_back = self.ledger.fail(lease, failure.as_ref());
        let outcome = self.runtime.timeout(limit, giving_back).await;
        // Otherwise the lease runs out by itself.
        if let Err(error) = outcome.unwrap_or_else(|| Err(StoreError::timeout(limit))) {
            self.lost(StoreOperation::Release, &error);
        }
    }

    /// Callers wait for a change, so it takes no longer than the two operations that it is made of may.
    pub(super) fn change_limit(&self) -> Duration {
        self.settings.operation_limit.saturating_mul(2)
    }

    /// What all should remember of a failure: its text, for how long, and whether the server asked for that. A refusal of the
    /// credentials is this process's own, as others may have the new secret already.
    fn to_share(&self, error: &Error, page: &Page, now: Timestamp, closed: Duration) -> Option<FailureNote> {
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
        shared.then(|| FailureNote {
            message: match error {
                Error::OAuthProvider(refusal) => refusal.summary(),
                _ => error.to_string(),
            },
            cause: SharedCause::of(error),
            pauses,
            asked_for,
        })
    }
}
