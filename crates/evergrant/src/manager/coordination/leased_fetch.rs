//! The fetch of the lease holder: extends the lease during the fetch, and shares the outcome.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::Coordinator;
use crate::error::{Error, RejectionClass, SharedCause, TokenResponseProblem};
use crate::events;
use crate::manager::backoff::CachedFailure;
use crate::manager::fetch::{FetchOutcome, FetchedBy, Source};
use crate::metrics;
use crate::metrics::StoreOperation;
use crate::runtime::Timestamp;
use crate::store::{FailureNote, Lease, LeaseRenewal, Pauses, SaveOutcome, Snapshot, StoreError};
use crate::token::Token;

/// The outcome of saving a token.
enum SaveAttempt {
    Saved(Token),
    StoreFailed(Token),
    /// Another process has taken over the lease, or a user has signed in or out.
    Superseded(Token),
}

impl Coordinator {
    /// Fetches a token and saves it. Returns `None` if the token of a user was superseded in the meantime: the record
    /// has another one, or none.
    pub(super) async fn fetch_with_lease(
        &self,
        lease: Lease,
        snapshot: &Snapshot,
        last: Option<Token>,
        started: Timestamp,
        source: &Source,
    ) -> Option<FetchOutcome> {
        events::lease_acquired(&self.client);
        let gate_left = source.endpoint.settings().retry_after_gate.left(self.runtime.now());
        let result = self.with_lease_extended(&lease, source.fetch(last, started)).await;
        let received = self.runtime.now();
        let fetched = |token| Some(FetchOutcome::Token(token, FetchedBy::ThisProcess));
        match result {
            // A user's refresh token is needed even then.
            Ok(token) if token.remaining(received).is_some_and(|left| left.is_zero()) && !self.is_for_user() => {
                self.release(&lease, None).await;
                fetched(token)
            }
            Ok(token) => match self.save(&lease, token, received).await {
                SaveAttempt::Superseded(_) if self.is_for_user() => None,
                SaveAttempt::StoreFailed(token) if self.is_for_user() => {
                    let replaced = snapshot.record.token.as_ref().map(|token| token.generation);
                    self.set_unsaved(replaced);
                    Some(FetchOutcome::Unsaved(token, lease))
                }
                SaveAttempt::Saved(token) | SaveAttempt::StoreFailed(token) | SaveAttempt::Superseded(token) => {
                    fetched(token)
                }
            },
            Err(error @ Error::SignInRequired(_)) if self.is_for_user() => {
                self.remove(&lease).await;
                Some(FetchOutcome::Failed(error))
            }
            Err(error) => {
                let failure = self.failure_to_share(&error, snapshot, received, gate_left);
                self.release(&lease, failure).await;
                Some(FetchOutcome::Failed(error))
            }
        }
    }

    /// Runs the fetch, and extends the lease until it ends.
    pub(super) async fn with_lease_extended<T>(
        &self,
        lease: &Lease,
        fetch: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let term = self.settings.lease_term;
        let extending = async {
            loop {
                self.runtime.sleep(term / 3).await;
                match self.leased_record.renew(lease, term).await {
                    Ok(LeaseRenewal::Extended) => {}
                    Ok(LeaseRenewal::Lost) => std::future::pending::<()>().await,
                    // There may be time to try again.
                    Err(error) => metrics::store_failed(StoreOperation::Lease, &error),
                }
            }
        };
        let (mut fetch, mut extending) = (pin!(fetch), pin!(extending));
        std::future::poll_fn(|context| {
            if let Poll::Ready(result) = fetch.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            let _: Poll<()> = extending.as_mut().poll(context);
            Poll::Pending
        })
        .await
    }

    async fn save(&self, lease: &Lease, token: Token, received: Timestamp) -> SaveAttempt {
        let saving = self.leased_record.save_renewed(lease, &token, received);
        match self.within_change_limit(saving).await {
            Ok(SaveOutcome::Saved(generation)) => {
                self.set_unsaved(None);
                SaveAttempt::Saved(token.with_saved_generation(generation, received))
            }
            Ok(SaveOutcome::Superseded) => {
                events::lease_lost(&self.client);
                SaveAttempt::Superseded(token)
            }
            Err(error) => {
                self.store_failed(StoreOperation::Save, &error);
                SaveAttempt::StoreFailed(token)
            }
        }
    }

    pub(super) async fn release(&self, lease: &Lease, failure: Option<FailureNote>) {
        let release = self.leased_record.fail(lease, failure.as_ref());
        // If this fails, the lease expires.
        if let Err(error) = self.within_change_limit(release).await {
            self.store_failed(StoreOperation::Release, &error);
        }
    }

    /// Removes the record of a user whose refresh token the server has rejected.
    async fn remove(&self, lease: &Lease) {
        // If this fails, another process sends the rejected refresh token again.
        if let Err(error) = self.within_change_limit(self.leased_record.remove(lease)).await {
            self.store_failed(StoreOperation::Release, &error);
        }
    }

    pub(super) async fn within_change_limit<T>(
        &self,
        change: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let limit = self.change_limit();
        let outcome = self.runtime.timeout(limit, change).await;
        outcome.unwrap_or_else(|| Err(StoreError::timeout(limit)))
    }

    /// Returns the time limit of a change, which consists of two operations. Callers wait for it.
    pub(super) fn change_limit(&self) -> Duration {
        self.settings.operation_limit.saturating_mul(2)
    }

    /// Returns what all processes cache of a failure: its message and pauses, and whether the server requested them.
    /// `None` for a failure that is not shared, such as rejected credentials: other processes may already have the new
    /// secret.
    fn failure_to_share(
        &self,
        error: &Error,
        snapshot: &Snapshot,
        now: Timestamp,
        gate_left: Duration,
    ) -> Option<FailureNote> {
        let shared = match error {
            Error::OAuthProvider(_) => error.rejection_class() != RejectionClass::Credentials,
            // Other processes may accept fewer scopes.
            Error::TokenResponse(error) => !matches!(error.problem(), TokenResponseProblem::ScopesNotGranted(_)),
            Error::Unreachable(_) | Error::Timeout(_) => true,
            _ => false,
        };
        let failures = snapshot.record.failure.as_ref().map_or(0, |failure| failure.count);
        let cached = CachedFailure::new(error.clone(), failures.saturating_add(1), now, &self.backoff);
        let server_requested = error.retry_after().is_some_and(|wait| !wait.is_zero());
        let pauses = match server_requested && !gate_left.is_zero() {
            // Nothing was sent because of an earlier `Retry-After`, which determines the pause.
            true => [gate_left; 2],
            false => [cached.pauses_renewal_until(), cached.fails_fast_until()].map(|until| until.elapsed_since(now)),
        };
        let [with_token, without_token] = pauses;
        let pauses = Pauses {
            with_token,
            without_token,
        };
        shared.then(|| FailureNote {
            message: match error {
                Error::OAuthProvider(rejection) => rejection.summary(),
                _ => error.to_string(),
            },
            cause: SharedCause::of(error),
            pauses,
            server_requested,
        })
    }
}
