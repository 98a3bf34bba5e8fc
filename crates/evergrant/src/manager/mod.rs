//! The token manager: fetches, caches and renews the tokens of one client.

mod backoff;
mod builder;
mod coordination;
mod derived;
mod entry;
mod fetch;
mod keep_warm;
mod lifecycle;
mod manager_cache;
mod manual;
#[cfg(all(test, evergrant_loom))]
mod model;
mod scoped;
mod sign_in;
mod slot;
mod status;
mod token_deadlines;
mod token_provider;
mod updates;
mod user_tokens;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;

pub use self::backoff::FailureBackoff;
pub use self::builder::{TimeLimits, TokenManagerBuilder};
pub use self::coordination::Sharing;
pub(crate) use self::entry::Entry;
pub use self::keep_warm::KeepWarm;
use self::lifecycle::{EntryResult, Lifecycle, Validity};
pub use self::scoped::ScopedTokens;
pub use self::status::{Status, TokenState};
pub use self::token_provider::TokenProvider;
pub use self::updates::TokenUpdates;
pub use self::user_tokens::{UserTokens, UserTokensBuilder};
use crate::error::{ClientContext, Error};
use crate::generation::Generation;
use crate::proof::SharedProof;
use crate::rejection::{Interruption, Rejection, ReplayOutcome};
use crate::runtime::BoxFuture;
use crate::scope::Scopes;
use crate::store::StoreKey;
use crate::token::Token;

/// Fetches, caches and renews the access tokens of one client.
///
/// - Calls without a cached token share one token request.
/// - A token is renewed in the background before it expires, so calls do not wait for it.
/// - A token that an API [rejected](Self::reject) is replaced by the next call.
///
/// Cloning is cheap; all clones share one token. Build a manager with a grant, such as
/// [`ClientCredentials::builder`](crate::ClientCredentials::builder). Calls drive the manager: it runs no task while it
/// is idle, unless [`keep_warm`](Self::keep_warm) is used.
///
/// ```no_run
/// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// use evergrant::ClientCredentials;
///
/// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .build(transport)?;
///
/// let mut headers = http::HeaderMap::new();
/// tokens.authorize(&mut headers).await?;
/// assert!(headers.contains_key("authorization"));
/// # Ok(())
/// # }
/// ```
///
/// # Forked processes
/// A runtime and its connections belong to one process. Fork before creating them, or create a new runtime, transport
/// and manager in the child process: there, a manager from before the fork serves its cached token but cannot fetch
/// another one.
#[derive(Clone)]
pub struct TokenManager {
    lifecycle: Arc<Lifecycle>,
    sign_in: Option<Arc<crate::authorization::SignInSettings>>,
}

impl TokenManager {
    /// Returns a valid token: the cached one immediately, or a newly fetched one.
    ///
    /// Dropping the future does not stop the fetch in progress, whose token serves the next call.
    ///
    /// # Errors
    /// See [`Error`]. All calls that waited for one fetch get the same error. Until the
    /// [back-off](TokenManagerBuilder::failure_backoff) ends, further calls get the same error without a request.
    pub async fn token(&self) -> Result<Token, Error> {
        if let Some(guard) = self.lifecycle.current()
            && let Some(entry) = guard.as_ref()
        {
            self.lifecycle.note_use(entry);
            return Ok(entry.token().clone());
        }
        self.wait_for_token(Validity::Now).await
    }

    /// Returns a token that stays valid for at least `duration`, for a job that cannot replace its token. Fetches a new
    /// token if the cached one expires earlier.
    ///
    /// # Errors
    /// [`Error::LifetimeTooShort`] if the lifetime of the server's tokens is shorter; otherwise the same as
    /// [`token`](Self::token).
    pub async fn token_valid_for(&self, duration: Duration) -> Result<Token, Error> {
        self.wait_for_token(Validity::For(duration)).await
    }

    /// Sets the `Authorization` header (RFC 6750 section 2.1), and waits for a token if none is cached. Returns the
    /// generation of the token, for [`reject`](Self::reject).
    ///
    /// # Errors
    /// Same as [`token`](Self::token), and [`Error::ProofRequired`] if the tokens need a
    /// [proof](TokenManagerBuilder::proof) for each request. After an error, the headers are unchanged.
    pub async fn authorize(&self, headers: &mut HeaderMap) -> Result<Generation, Error> {
        if let Some(generation) = self.authorize_now(headers) {
            return Ok(generation);
        }
        if self.proof().is_some() {
            return Err(Error::ProofRequired(Arc::clone(&self.lifecycle.client)));
        }
        let entry = self.wait(Validity::Now).await?;
        headers.insert(AUTHORIZATION, entry.header());
        self.lifecycle.note_use(&entry);
        Ok(entry.generation())
    }

    /// Sets the `Authorization` header if a valid token is cached, without waiting. Otherwise returns `None`, leaves
    /// the headers unchanged and fetches nothing.
    ///
    /// Takes no lock and does not allocate, except for a thread's first call with a token and for the one call that
    /// finds a renewal due and starts it in the background. Always returns `None` if the tokens need a
    /// [proof](TokenManagerBuilder::proof) for each request.
    #[inline]
    pub fn authorize_now(&self, headers: &mut HeaderMap) -> Option<Generation> {
        let guard = self.lifecycle.current()?;
        let entry = guard.as_ref()?;
        if entry.needs_proof() {
            return None;
        }
        headers.insert(AUTHORIZATION, entry.header());
        self.lifecycle.note_use(entry);
        Some(entry.generation())
    }

    /// Returns a valid token with its header, and waits if none is cached.
    pub(crate) async fn entry(&self) -> Result<Arc<Entry>, Error> {
        let current = self
            .lifecycle
            .current()
            .and_then(|guard| guard.as_ref().map(Arc::clone));
        let entry = match current {
            Some(entry) => entry,
            None => self.wait(Validity::Now).await?,
        };
        self.lifecycle.note_use(&entry);
        Ok(entry)
    }

    /// Returns the proof of possession that requests need, if any.
    pub(crate) fn proof(&self) -> Option<&SharedProof> {
        self.lifecycle.source.endpoint.proof()
    }

    /// Boxed, to keep several kilobytes out of the futures of callers that do not wait.
    fn wait(&self, validity: Validity) -> BoxFuture<'_, EntryResult> {
        Box::pin(self.lifecycle.acquire(validity))
    }

    async fn wait_for_token(&self, validity: Validity) -> Result<Token, Error> {
        let entry = self.wait(validity).await?;
        self.lifecycle.note_use(&entry);
        Ok(entry.token().clone())
    }

    /// Reports that an API rejected the token of this generation (401). If that token is still the current one, it is
    /// no longer served, and the next call fetches a new token. A late report about an older token changes nothing.
    ///
    /// At most five rejections in quick succession, and then one per minute, lead to a token request, so an API that
    /// rejects every other request costs 65 token requests in the first hour, not one per call. Further rejections are
    /// [suppressed](Rejection::Suppressed): the token is still served, the caller gets the API's 401, and the event
    /// `evergrant.renewal_suppressed` is emitted.
    pub fn reject(&self, generation: Generation) -> Rejection {
        self.lifecycle.reject(generation)
    }

    /// Discards the token of this generation and returns another one, at the request of a user or an operator. Returns
    /// the newer token if this manager or the store already has one; otherwise fetches a new token. Unlike
    /// [`reject`](Self::reject), this is not limited by the number of recent rejections.
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
    /// Same as [`token`](Self::token), including the cached error during the back-off or the server's `Retry-After`.
    /// The old token is then no longer served.
    pub async fn replace(&self, generation: Generation) -> Result<Token, Error> {
        let entry = Box::pin(self.lifecycle.replace(generation)).await?;
        self.lifecycle.note_use(&entry);
        Ok(entry.token().clone())
    }

    /// Returns whether a newer token than this generation's is cached.
    pub(crate) fn has_newer(&self, generation: Generation) -> bool {
        self.lifecycle.has_newer(generation)
    }

    /// Reports the outcome of a request that was repeated with the new token of this generation after
    /// [`reject`](Self::reject). If an API rejects new tokens too, the token is not the cause: rejections then start no
    /// renewal for 5 s, doubling to 60 s.
    pub fn report_replay(&self, generation: Generation, outcome: ReplayOutcome) {
        self.lifecycle.report_replay(generation, outcome);
    }

    /// Records that the connection of a request with a body broke before a response.
    pub(crate) fn interrupt(&self, generation: Generation) -> Interruption {
        self.lifecycle.interrupt(generation)
    }

    /// Records that an API has responded to a request, and has not rejected this token.
    #[inline]
    pub(crate) fn note_acceptance(&self, generation: Generation, has_body: bool) {
        self.lifecycle.note_acceptance(generation, has_body);
    }

    /// Checks that calls can be authorized, for a readiness probe. Fetches a token if none is cached.
    ///
    /// # Errors
    /// Same as [`token`](Self::token).
    pub async fn ready(&self) -> Result<(), Error> {
        if self.lifecycle.current().is_some() {
            return Ok(());
        }
        self.wait(Validity::Now).await.map(|_| ())
    }

    /// Returns the manager's state and counters, without starting a fetch.
    #[must_use]
    pub fn status(&self) -> Status {
        self.lifecycle.status()
    }

    /// Subscribes to the new tokens of this manager. Tokens from before the call are not delivered.
    #[must_use]
    pub fn subscribe(&self) -> TokenUpdates {
        self.lifecycle.updates.subscribe()
    }

    /// Keeps a token cached even without calls, until the returned guard is dropped: fetches a token immediately, and
    /// renews it before it expires. Use this if the first call after a long idle time must not wait.
    ///
    /// With a token provider, the token is replaced when it expires. In manual mode, the guard has no effect.
    ///
    /// # Errors
    /// [`Error::NoRuntime`] outside an async runtime.
    pub fn keep_warm(&self) -> Result<KeepWarm, Error> {
        KeepWarm::start(&self.lifecycle)
    }

    /// Returns the scopes that this manager requests.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.lifecycle.source.endpoint.settings().scopes
    }

    /// Returns the key of this manager's record in the [store](TokenManagerBuilder::store), if it has a store.
    #[must_use]
    pub fn store_key(&self) -> Option<&StoreKey> {
        let coordinator = self.lifecycle.coordinator.as_ref();
        coordinator.map(|coordinator| coordinator.key())
    }

    /// Returns the client and the token endpoint of this manager, as errors show them.
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
