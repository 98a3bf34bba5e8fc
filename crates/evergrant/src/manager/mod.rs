//! The handle that everything else holds: always a valid token, whoever asks and however many.

mod asked;
mod backoff;
mod builder;
mod deadline;
mod entry;
pub(crate) mod events;
mod fleet;
mod flight;
mod flight_task;
mod keep_warm;
mod lifecycle;
mod like_this;
#[cfg(all(test, evergrant_loom))]
mod model;
mod provider;
mod scoped;
#[cfg(feature = "sign-in")]
mod sign_in;
mod slot;
mod status;
mod updates;
mod waiter;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;

pub use self::builder::TokenManagerBuilder;
pub(crate) use self::fleet::Breaker;
use self::flight::Outcome;
pub use self::keep_warm::KeepWarm;
use self::lifecycle::{Lifecycle, Need};
pub use self::lifecycle::{Rejection, ReplayOutcome};
pub use self::provider::TokenProvider;
pub use self::scoped::ScopedTokens;
pub use self::status::{Status, TokenState};
pub use self::updates::TokenUpdates;
use crate::error::{ClientContext, Error};
use crate::runtime::BoxFuture;
use crate::scope::Scopes;
use crate::store::StoreKey;
use crate::token::{Generation, Token};

/// Holds one client's token: fetches it once however many ask, renews it before anyone waits, recovers it when an API
/// refuses it. A cheap clone; all clones share one token.
///
/// Made by a grant, such as [`ClientCredentials`](crate::ClientCredentials). There is no task behind an idle manager: calls drive it.
///
/// # Forked processes
/// A runtime and its connections belong to one process. Fork before there is either, or make a runtime, a transport and
/// a manager in the child: a manager from before the fork serves its cached token there, and does not fetch another
/// one.
///
/// ```no_run
/// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// use evergrant::ClientCredentials;
///
/// let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .build(transport)?;
///
/// let mut headers = http::HeaderMap::new();
/// tokens.authorize(&mut headers).await?;
/// assert!(headers.contains_key("authorization"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenManager {
    lifecycle: Arc<Lifecycle>,
    #[cfg(feature = "sign-in")]
    sign_in: Option<Arc<crate::sign_in::SignInSettings>>,
}

impl TokenManager {
    /// A valid token: the current one at once, or a new one when there is none.
    ///
    /// Dropping the future does not stop a fetch that it started or joined; its token serves the next call.
    ///
    /// # Errors
    /// As described at [`Error`]. All callers that waited for one fetch get the same error; for a short while after it,
    /// further callers do too, without a request.
    pub async fn token(&self) -> Result<Token, Error> {
        if let Some(guard) = self.lifecycle.current()
            && let Some(entry) = guard.as_ref()
        {
            self.lifecycle.note_use(entry);
            return Ok(entry.token().clone());
        }
        self.wait_for_token(Need::Valid).await
    }

    /// A token that stays valid for at least `duration`, for a job that cannot change it on the way. Renews at once if the
    /// current one has less left.
    ///
    /// # Errors
    /// [`Error::LifetimeTooShort`] when the server's tokens do not live that long; otherwise as [`token`](Self::token).
    pub async fn token_valid_for(&self, duration: Duration) -> Result<Token, Error> {
        self.wait_for_token(Need::ValidFor(duration)).await
    }

    /// Sets the `Authorization` header (RFC 6750 section 2.1), waiting for a token if there is none. Gives the generation
    /// used, for [`reject`](Self::reject).
    ///
    /// # Errors
    /// As [`token`](Self::token); the headers are unchanged then.
    pub async fn authorize(&self, headers: &mut HeaderMap) -> Result<Generation, Error> {
        if let Some(generation) = self.authorize_now(headers) {
            return Ok(generation);
        }
        let entry = self.wait(Need::Valid).await?;
        headers.insert(AUTHORIZATION, entry.header());
        self.lifecycle.note_use(&entry);
        Ok(entry.generation())
    }

    /// Sets the `Authorization` header if a valid token is at hand, without waiting; `None` leaves the headers unchanged, and
    /// nothing is fetched. Takes no lock and allocates nothing, but for a thread's first call with a token, and for the one
    /// call that finds a renewal due and starts it in the background.
    #[inline]
    pub fn authorize_now(&self, headers: &mut HeaderMap) -> Option<Generation> {
        let guard = self.lifecycle.current()?;
        let entry = guard.as_ref()?;
        headers.insert(AUTHORIZATION, entry.header());
        self.lifecycle.note_use(entry);
        Some(entry.generation())
    }

    /// Boxed, since those who need not wait would carry the room for it about: several kilobytes, in every caller's future.
    fn wait(&self, need: Need) -> BoxFuture<'_, Outcome> {
        Box::pin(self.lifecycle.obtain(need))
    }

    async fn wait_for_token(&self, need: Need) -> Result<Token, Error> {
        let entry = self.wait(need).await?;
        self.lifecycle.note_use(&entry);
        Ok(entry.token().clone())
    }

    /// Reports that an API refused the token of this generation (a 401). If that is still the current one, it is no longer
    /// served and the next call fetches another; a late report of an older one changes nothing.
    ///
    /// Of these reports, five at once and one a minute after that lead to a token request, whatever becomes of the new tokens: an API that
    /// refuses every other request costs 65 in its first hour, and not one for each call. Those beyond are
    /// [suppressed](Rejection::Suppressed): the token is served on, the API's 401 goes to whoever made the call, and an event
    /// (`evergrant.renewal_suppressed`) says so.
    pub fn reject(&self, generation: Generation) -> Rejection {
        self.lifecycle.reject(generation)
    }

    /// Fetches a token in place of that of this generation, because a user or an operator asks for another one. Unlike after
    /// [`reject`](Self::reject), one is fetched however many were refused of late. If there is a newer one already, here or in the
    /// store, that is the result.
    ///
    /// ```no_run
    /// # async fn run(tokens: evergrant::TokenManager) -> Result<(), evergrant::Error> {
    /// let token = tokens.token().await?;
    /// let another = tokens.replace(token.generation()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`token`](Self::token): the remembered error while a failure is remembered, or the server's `Retry-After` lasts. The old
    /// token is no longer served then.
    pub async fn replace(&self, generation: Generation) -> Result<Token, Error> {
        let entry = Box::pin(self.lifecycle.replace(generation)).await?;
        self.lifecycle.note_use(&entry);
        Ok(entry.token().clone())
    }

    /// Whether there is a newer token than that of this generation.
    pub(crate) fn has_newer(&self, generation: Generation) -> bool {
        self.lifecycle.has_newer(generation)
    }

    /// Reports how a request fared that was repeated with a new token after [`reject`](Self::reject). When fresh tokens are
    /// refused too, the token is not the reason, and refusals start no renewal for 5 s, doubling to 60 s.
    pub fn replayed(&self, generation: Generation, outcome: ReplayOutcome) {
        self.lifecycle.replayed(generation, outcome);
    }

    /// Whether calls can be authorized, for a readiness probe: yes if there is a valid token or one can be fetched now.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub async fn ready(&self) -> Result<(), Error> {
        if self.lifecycle.current().is_some() {
            return Ok(());
        }
        self.wait(Need::Valid).await.map(|_| ())
    }

    /// What the manager holds and has done, without starting anything.
    #[must_use]
    pub fn status(&self) -> Status {
        self.lifecycle.status()
    }

    /// Each new token from now on.
    #[must_use]
    pub fn subscribe(&self) -> TokenUpdates {
        self.lifecycle.updates.subscribe()
    }

    /// Keeps a token at hand while no calls are made: fetches one at once, and renews it in time, until the returned guard
    /// is dropped. For programs whose first call after an hour of silence must not wait either. With a token provider, which is
    /// asked only when its last token can no longer be used, that is the time at which it is asked. In manual style, nothing
    /// is fetched.
    ///
    /// # Errors
    /// [`Error::NoRuntime`] outside of an async runtime.
    pub fn keep_warm(&self) -> Result<KeepWarm, Error> {
        KeepWarm::start(&self.lifecycle)
    }

    /// The scopes that it asks for.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.lifecycle.source.exchange.settings().scopes
    }

    /// Under which key its tokens lie in the [store](TokenManagerBuilder::store), if it has one.
    #[must_use]
    pub fn store_key(&self) -> Option<&StoreKey> {
        self.lifecycle.source.fleet.as_ref().map(|fleet| fleet.key())
    }

    /// Which client, at which endpoint.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.lifecycle.client
    }
}

impl fmt::Debug for TokenManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.lifecycle.status();
        f.debug_struct("TokenManager")
            .field("client", &self.lifecycle.client)
            .field("state", &status.state)
            .field("generation", &status.generation.0)
            .finish_non_exhaustive()
    }
}
