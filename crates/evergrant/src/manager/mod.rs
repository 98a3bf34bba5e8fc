//! The token manager: fetches, caches and renews the tokens of one client.

mod backoff;
mod builder;
mod cached_token;
mod coordination;
mod current_token_slot;
mod derived_managers;
mod fetch;
mod keep_warm;
mod lifecycle;
#[cfg(all(test, evergrant_loom))]
mod loom_model;
mod manager_as_assertion_source;
mod manager_cache;
mod manual_mode;
mod redeem_approved_request;
mod revocation;
mod scoped_managers;
mod server_metadata;
mod status;
mod subject_managers;
mod token_deadlines;
mod token_provider;
mod update_notifications;
mod user_tokens;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, request};

pub use self::backoff::FailureBackoff;
pub(crate) use self::builder::CustomServer;
pub use self::builder::{TimeLimits, TokenManagerBuilder};
pub(crate) use self::cached_token::Entry;
pub use self::coordination::Sharing;
pub use self::keep_warm::KeepWarm;
use self::lifecycle::{EntryResult, Lifecycle, Validity};
pub use self::scoped_managers::ScopedTokens;
pub use self::status::{Status, TokenState};
pub use self::subject_managers::SubjectTokens;
pub use self::token_provider::TokenProvider;
pub use self::update_notifications::TokenUpdates;
pub use self::user_tokens::{UserTokens, UserTokensBuilder};
use crate::error::{ClientContext, Error};
use crate::proof::{ProofRequest, SharedProof};
use crate::runtime::BoxFuture;
use crate::scope::Scopes;
use crate::store::StoreKey;
use crate::token::Token;
use crate::token_generation::Generation;
use crate::token_rejection::{Interruption, Rejection, ReplayOutcome};
use crate::transport::TransportIdentity;

/// Fetches, caches and renews the access tokens of one client.
///
/// - Calls without a cached token share one token request.
/// - A token is renewed in the background before it expires, so calls do not wait for it.
/// - If an API [rejects](Self::reject) a token, the next call replaces it.
///
/// Cloning is cheap; all clones share one token. Build a manager with a grant, such as
/// [`ClientCredentials::builder`](crate::ClientCredentials::builder). While no calls are made, the manager runs no
/// task, unless [`keep_warm`](Self::keep_warm) is used.
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
/// A runtime and its connections belong to one process. Fork before you create them, or create a new runtime, transport
/// and manager in the child process. In the child process, a manager from before the fork still returns its cached
/// token, but cannot fetch another one.
#[derive(Clone)]
pub struct TokenManager {
    lifecycle: Arc<Lifecycle>,
    sign_in: Option<Arc<crate::authorization::SignInSettings>>,
}

impl TokenManager {
    /// Returns a valid token. If one is cached, it is returned immediately; otherwise, the call waits until a token has
    /// been fetched.
    ///
    /// Dropping the future does not stop a fetch in progress: its token serves the next call.
    ///
    /// # Errors
    /// See [`Error`]. All calls that waited for the same fetch get the same error. Until the
    /// [back-off](TokenManagerBuilder::failure_backoff) ends, further calls get this error too, without another
    /// request.
    pub async fn token(&self) -> Result<Token, Error> {
        let current = match self.lifecycle.current().as_ref().and_then(|guard| guard.as_ref()) {
            Some(entry) if !entry.is_bound() => {
                self.lifecycle.note_use(entry);
                return Ok(entry.token().clone());
            }
            entry => entry.map(Arc::clone),
        };
        Ok(self.usable(current).await?.token().clone())
    }

    /// Returns a token that stays valid for at least `duration`, for a job that cannot replace its token. If the cached
    /// token expires earlier, fetches a new one.
    ///
    /// # Errors
    /// [`Error::LifetimeTooShort`] if the lifetime of the server's tokens is shorter than `duration`. Otherwise the
    /// same errors as [`token`](Self::token).
    pub async fn token_valid_for(&self, duration: Duration) -> Result<Token, Error> {
        let validity = Validity::For(duration);
        let mut entry = self.wait(validity).await?;
        let usable = self.usable(Some(Arc::clone(&entry))).await?;
        if usable.generation() != entry.generation() {
            // The token that replaces an unusable one may expire earlier.
            entry = self.wait(validity).await?;
        }
        Ok(entry.token().clone())
    }

    /// Sets the `Authorization` header of an API request (RFC 6750 section 2.1). Waits for a token if none is cached.
    /// Returns the token's [generation](Generation), to be passed to [`reject`](Self::reject) if the API rejects the
    /// token.
    ///
    /// # Errors
    /// Same as [`token`](Self::token), and [`Error::ProofRequired`] if the tokens need a [proof of
    /// possession](TokenManagerBuilder::proof) for each request. After an error, the headers are unchanged.
    pub async fn authorize(&self, headers: &mut HeaderMap) -> Result<Generation, Error> {
        if let Some(generation) = self.authorize_now(headers) {
            return Ok(generation);
        }
        if self.proof().is_some() {
            return Err(Error::ProofRequired(Arc::clone(&self.lifecycle.client)));
        }
        let entry = match self.lifecycle.keys().are_required() {
            true => self.entry().await?,
            false => self.usable(None).await?,
        };
        headers.insert(AUTHORIZATION, entry.header());
        Ok(entry.generation())
    }

    /// Sets the `Authorization` header of an API request without waiting, if a valid token is cached. Returns the
    /// token's [generation](Generation). Otherwise returns `None`, leaves the headers unchanged and fetches nothing:
    /// then call [`authorize`](Self::authorize).
    ///
    /// Takes no lock and does not allocate. There are two exceptions: a thread's first call with a token, and the call
    /// that starts a due renewal in the background. Always returns `None` if the tokens need a [proof of
    /// possession](TokenManagerBuilder::proof) for each request.
    #[inline]
    pub fn authorize_now(&self, headers: &mut HeaderMap) -> Option<Generation> {
        let guard = self.lifecycle.current()?;
        let entry = guard.as_ref()?;
        if entry.is_bound() {
            return None;
        }
        headers.insert(AUTHORIZATION, entry.header());
        self.lifecycle.note_use(entry);
        Some(entry.generation())
    }

    /// Returns a valid token with its header, and waits if none is cached. Replaces a token whose keys the client no
    /// longer holds.
    pub(crate) async fn entry(&self) -> Result<Arc<Entry>, Error> {
        let current = self
            .lifecycle
            .current()
            .and_then(|guard| guard.as_ref().map(Arc::clone));
        self.usable(current).await
    }

    /// Returns the current token, or waits for one.
    async fn usable(&self, current: Option<Arc<Entry>>) -> Result<Arc<Entry>, Error> {
        let mut entry = match current {
            Some(entry) => entry,
            None => self.wait(Validity::Now).await?,
        };
        if entry.is_bound() {
            Box::pin(self.lifecycle.source.endpoint.settings().reload_certificate()).await;
            if !self.lifecycle.keys().holds_keys_of(entry.token()) {
                entry = Box::pin(self.lifecycle.replace_unusable(entry.generation())).await?;
            }
        }
        self.lifecycle.note_use(&entry);
        Ok(entry)
    }

    /// Returns the client's certificate, to which tokens may be bound.
    pub(crate) fn transport_identity(&self) -> Option<TransportIdentity> {
        self.lifecycle.source.endpoint.settings().auth.transport_identity()
    }

    /// Creates the proof headers of a request with this token, if it needs a proof.
    pub(crate) async fn prove(&self, entry: &Entry, head: &request::Parts) -> Result<HeaderMap, Error> {
        let Some(proof) = self.proof() else {
            return Ok(HeaderMap::new());
        };
        let token = entry.token();
        let key_id = proof.confirmation_method().and_then(|method| token.stated_key(method));
        let access_token = Some(token.access_token());
        let request = ProofRequest::new(&head.method, &head.uri, access_token, &self.lifecycle.runtime);
        proof.headers(request.with_key_id(key_id.as_deref())).await
    }

    /// Returns the proof of possession that requests need, if any.
    pub(crate) fn proof(&self) -> Option<&SharedProof> {
        self.lifecycle.source.endpoint.proof()
    }

    /// Boxed, to keep several kilobytes out of the futures of callers that do not wait.
    fn wait(&self, validity: Validity) -> BoxFuture<'_, EntryResult> {
        Box::pin(self.lifecycle.acquire(validity))
    }

    /// Reports that an API rejected the token with this [generation](Generation), for example with 401. If the manager
    /// still uses this token, it discards the token, and the next call fetches a new one. A late report about an older
    /// token changes nothing.
    ///
    /// The number of resulting token requests is limited: at most five in quick succession, and then one per minute. An
    /// API that rejects every other request thus causes 65 token requests in the first hour, not one per call. Further
    /// rejections are [suppressed](Rejection::Suppressed): the token stays in use, the caller gets the API's 401, and
    /// the event `evergrant.renewal_suppressed` is emitted.
    pub fn reject(&self, generation: Generation) -> Rejection {
        self.lifecycle.reject(generation)
    }

    /// Discards the token with this [generation](Generation) and returns another one. Use this if a user or an operator
    /// asks for a new token. If this manager or the store already has a newer token, returns that one; otherwise
    /// fetches a token. Unlike [`reject`](Self::reject), this method is not limited by the number of recent rejections.
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
    /// Same as [`token`](Self::token), including the cached error during the back-off or during the server's
    /// `Retry-After`. The old token is discarded in this case too.
    pub async fn replace(&self, generation: Generation) -> Result<Token, Error> {
        let entry = Box::pin(self.lifecycle.replace(generation)).await?;
        self.lifecycle.note_use(&entry);
        Ok(entry.token().clone())
    }

    /// Returns whether a newer token than this generation's is cached.
    pub(crate) fn has_newer(&self, generation: Generation) -> bool {
        self.lifecycle.has_newer(generation)
    }

    /// Reports how an API responded to a request that was repeated with a new token after [`reject`](Self::reject).
    /// `generation` is the [generation](Generation) of the new token. If the API rejects new tokens too, the token is
    /// not the cause: for 5 s, doubling to 60 s, further rejections then cause no token request.
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

    /// Checks that API calls can be authorized, for a readiness probe. If no valid token is cached, fetches one.
    ///
    /// # Errors
    /// Same as [`token`](Self::token).
    pub async fn ready(&self) -> Result<(), Error> {
        if self.lifecycle.current().is_some() {
            return Ok(());
        }
        self.wait(Validity::Now).await.map(|_| ())
    }

    /// Returns the manager's state and counters. Does not start a fetch.
    #[must_use]
    pub fn status(&self) -> Status {
        self.lifecycle.status()
    }

    /// Returns a subscription to the new tokens of this manager. It delivers each token that the manager starts to use
    /// after this call.
    #[must_use]
    pub fn subscribe(&self) -> TokenUpdates {
        self.lifecycle.updates.subscribe()
    }

    /// Keeps a valid token cached, even while no calls are made, until the returned guard is dropped. Fetches a token
    /// immediately, and renews it before it expires. Use this if the first call after a long idle time must not wait.
    ///
    /// With a [token provider](TokenManagerBuilder::token_provider), the token is replaced when it expires, not before.
    /// In [manual mode](TokenManagerBuilder::manual), the guard has no effect.
    ///
    /// # Errors
    /// [`Error::NoRuntime`] outside an async runtime.
    pub fn keep_warm(&self) -> Result<KeepWarm, Error> {
        KeepWarm::start(&self.lifecycle)
    }

    /// Returns the scopes that this token manager requests.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.lifecycle.source.endpoint.settings().scopes
    }

    /// Returns the key of this manager's record in the [store](TokenManagerBuilder::store). Returns `None` if the
    /// manager has no store.
    #[must_use]
    pub fn store_key(&self) -> Option<&StoreKey> {
        let coordinator = self.lifecycle.coordinator.as_ref();
        coordinator.map(|coordinator| coordinator.key())
    }

    /// Returns the client and the token endpoint of this manager, as errors and events name them.
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
