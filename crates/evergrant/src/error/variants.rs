//! [`Error`], which all calls that need a token can return.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{
    BoxError, CallbackError, CallbackKind, ClientContext, LoginError, LoginFailure, OAuthProviderError, OriginError,
    RejectionClass, RequirementError, SharedFailureError, SignInError, SignInRequired, StoreFailedError, TimeoutError,
    TokenResponseError, UnreachableError,
};

/// The reason why a call could not be authorized. Cheap to clone: all callers that waited for one token share one
/// error.
///
/// Every message names the failure, the client and its endpoint, the remedy, and the [call](Self::call) that failed, if
/// there was one. `Debug` writes the same message followed by its causes ([`report`](super::report)). No message
/// contains a secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum Error {
    /// The authorization server rejected the token request. The remedy depends on [`OAuthProviderError::code`].
    OAuthProvider(Arc<OAuthProviderError>),
    /// The token endpoint returned a success status, but the body is not a usable token response.
    TokenResponse(Arc<TokenResponseError>),
    /// The token endpoint could not be reached, or the connection broke.
    Unreachable(Arc<UnreachableError>),
    /// A time limit passed: that of one attempt, of the whole fetch, or of the caller's wait.
    Timeout(Arc<TimeoutError>),
    /// Another process that shares the token, or an earlier run of this one, failed to fetch it a short time ago, and
    /// this process does not try yet. Retryable if the original failure was.
    SharedFailure(Arc<SharedFailureError>),
    /// A callback of the application, such as a token provider or a credential provider, failed.
    Callback(Arc<CallbackError>),
    /// The API call that opens a session failed.
    Login(Arc<LoginError>),
    /// The token provider called the manager that was waiting for it. Use the [`TokenEndpoint`](crate::TokenEndpoint)
    /// that the provider receives, or a client that needs no token.
    ProviderCycle(Arc<ClientContext>),
    /// The task that fetched the token was dropped together with its runtime. The next call starts a new fetch.
    Aborted(Arc<ClientContext>),
    /// A callback or the transport panicked during a fetch. The next call starts a new fetch. The panic message is
    /// available only to the panic hook, because it may contain a token.
    Panicked(Arc<ClientContext>),
    /// No async runtime is available to fetch a token on. Call from inside a Tokio runtime, or pass a runtime to the
    /// builder.
    NoRuntime(Arc<ClientContext>),
    /// Manual mode: no token was passed to this client. Call [`fetch_token`](crate::TokenManager::fetch_token) and
    /// pass the result on.
    NotAuthorized(Arc<ClientContext>),
    /// Manual mode: the token that was passed to this client has expired. Fetch a new one.
    TokenExpired(Arc<ClientContext>),
    /// The tokens need a [proof](crate::proof::Proof) for each request, which depends on the request's method and URI.
    /// Use [`Authorizer::authorize`](crate::Authorizer::authorize), [`Replay`](crate::Replay), or a client built on
    /// them.
    ProofRequired(Arc<ClientContext>),
    /// A user has to sign in, for the first time or again.
    SignInRequired(Arc<SignInRequired>),
    /// A sign-in failed: the redirect from the authorization server has no usable code.
    SignInFailed(Arc<SignInError>),
    /// The store of the [users' tokens](crate::UserTokens) failed. The user does not have to sign in again.
    StoreFailed(Arc<StoreFailedError>),
    /// The server issues tokens with a lifetime that is too short for
    /// [`token_valid_for`](crate::TokenManager::token_valid_for).
    #[non_exhaustive]
    LifetimeTooShort {
        /// The client and its token endpoint.
        client: Arc<ClientContext>,
        /// The requested remaining lifetime.
        requested: Duration,
        /// The remaining time for which the newest token is used.
        remaining: Duration,
        /// Number of seconds before expiry during which a token is no longer used: the [clock
        /// skew](crate::TokenManagerBuilder::clock_skew), rounded up. Included in neither `requested` nor `remaining`.
        skew_seconds: u32,
    },
    /// The URL of the request must not receive credentials; nothing was sent.
    Origin(Arc<OriginError>),
    /// The credentials that the call needs are not configured; nothing was sent.
    RequirementNotMet(Arc<RequirementError>),
}

impl Error {
    /// Wraps an error of a [token provider](crate::TokenProvider), which the provider then returns.
    pub fn provider(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::TokenProvider, source.into())))
    }

    /// Wraps the failure of an API call that opens a session, to be returned from the token provider that makes the
    /// call. `source` describes the call. Unlike an error made with [`provider`](Self::provider), this one makes calls
    /// fail fast for a while (see [`LoginError`]).
    pub fn login(failure: LoginFailure, source: impl Into<BoxError>) -> Self {
        Self::Login(Arc::new(LoginError::new(failure, source.into())))
    }

    /// Wraps an error of a [provider of client secrets](crate::client_auth::CredentialProvider), which the provider
    /// then returns.
    pub fn credential_provider(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(
            CallbackKind::CredentialProvider,
            source.into(),
        )))
    }

    /// Wraps the failure of a custom [`Grant`](crate::Grant), to be returned from [`request`](crate::Grant::request).
    pub fn grant(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::Grant, source.into())))
    }

    /// Wraps the failure of a custom [`ClientAuth`](crate::client_auth::ClientAuth) method, to be returned from
    /// [`authenticate`](crate::client_auth::ClientAuth::authenticate).
    pub fn client_auth(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::ClientAuth, source.into())))
    }

    /// Wraps the failure of a custom [`Scheme`](crate::scheme::Scheme), to be returned from
    /// [`apply`](crate::scheme::Scheme::apply).
    pub fn scheme(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::Scheme, source.into())))
    }

    /// Wraps the failure of a custom [`Proof`](crate::proof::Proof), to be returned from
    /// [`headers`](crate::proof::Proof::headers).
    pub fn proof(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::Proof, source.into())))
    }

    /// Returns whether the same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::OAuthProvider(error) => error.is_retryable(),
            Self::Unreachable(error) => error.transport_error().is_retryable(),
            Self::Timeout(_) | Self::Aborted(_) => true,
            Self::StoreFailed(error) => error.is_retryable(),
            Self::SharedFailure(error) => error.is_retryable(),
            Self::Login(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// Returns the wait that the server requested, counted from its response (`Retry-After`, RFC 9110 section 10.2.3);
    /// `None` if the server requested none.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::OAuthProvider(error) => error.retry_after(),
            Self::SharedFailure(error) => error.retry_after(),
            Self::Login(error) => error.api()?.retry_after(),
            _ => None,
        }
    }

    pub(crate) fn rejection_class(&self) -> RejectionClass {
        match self {
            Self::OAuthProvider(error) => error.rejection_class(),
            Self::SharedFailure(error) => error.rejection_class(),
            Self::Login(error) => error.rejection_class(),
            _ => RejectionClass::Transient,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_call(f)?;
        match self {
            Self::OAuthProvider(error) => error.fmt(f),
            Self::TokenResponse(error) => error.fmt(f),
            Self::Unreachable(error) => error.fmt(f),
            Self::Timeout(error) => error.fmt(f),
            Self::SharedFailure(error) => error.fmt(f),
            Self::Callback(error) => error.fmt(f),
            Self::Login(error) => error.fmt(f),
            Self::ProviderCycle(client) => write!(
                f,
                "the token provider of {client} called the API through the client that is waiting for its token; use the TokenEndpoint that the provider receives"
            ),
            Self::Aborted(client) => write!(
                f,
                "the task that fetched a token for {client} was dropped together with its runtime; call again"
            ),
            Self::Panicked(client) => write!(
                f,
                "a callback or the transport panicked while fetching a token for {client}; see the output of the program's panic hook; the next call starts a new fetch"
            ),
            Self::NoRuntime(client) => write!(
                f,
                "no async runtime is available to fetch a token for {client}; call from inside a Tokio runtime or pass a runtime to the builder"
            ),
            Self::NotAuthorized(client) => write!(
                f,
                "no token is set for {client}, which does not fetch tokens automatically; call fetch_token() and pass the token on (with_token(..), or the client's with_configuration(..))"
            ),
            Self::TokenExpired(client) => write!(
                f,
                "the token of {client} has expired and is not renewed automatically; call fetch_token() and pass the new token on (with_token(..), or the client's with_configuration(..))"
            ),
            Self::ProofRequired(client) => write!(
                f,
                "each request with a token of {client} needs a proof of its method and URI, and only the headers are available here; use Authorizer::authorize with the request's head, Replay, or an authorized client"
            ),
            Self::SignInRequired(error) => error.fmt(f),
            Self::SignInFailed(error) => error.fmt(f),
            Self::StoreFailed(error) => error.fmt(f),
            Self::LifetimeTooShort {
                client,
                requested,
                remaining,
                skew_seconds,
            } => write!(
                f,
                "a token valid for {} s was requested, but the newest token of {client} can be used for {} s: its last {skew_seconds} s do not count (clock skew); request less, or have the server issue tokens with a longer lifetime",
                requested.as_secs_f64().ceil(),
                remaining.as_secs()
            ),
            Self::Origin(error) => error.fmt(f),
            Self::RequirementNotMet(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreachable(error) => error.source(),
            Self::Callback(error) => error.source(),
            Self::Login(error) => error.source(),
            Self::TokenResponse(error) => error.source(),
            Self::SignInRequired(error) => error.source(),
            Self::StoreFailed(error) => error.source(),
            _ => None,
        }
    }
}
