//! [`Error`], the error of a call that needs a token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{
    BoxError, CallbackError, CallbackKind, ClientContext, EndpointError, IssuerError, LoginError, LoginFailure,
    OAuthProviderError, OriginError, RejectionClass, RequirementError, SharedFailureError, SignInError, SignInRequired,
    StoreFailedError, TimeoutError, TokenResponseError, UnreachableError,
};

/// The reason why an API call could not be authorized or a token is not available. Cheap to clone: all calls that
/// waited for the same token get the same error.
///
/// Every message names the failure, the client and its token endpoint, the remedy, and the [API call](Self::call) that
/// failed, if there was one. `Debug` writes the message followed by the error's causes ([`report`](super::report)). No
/// message contains a secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum Error {
    /// The authorization server rejected the token request. The remedy depends on [`OAuthProviderError::code`].
    OAuthProvider(Arc<OAuthProviderError>),
    /// The token endpoint returned a success status, but the body is not a usable token response.
    TokenResponse(Arc<TokenResponseError>),
    /// The token endpoint could not be reached, or the connection broke.
    Unreachable(Arc<UnreachableError>),
    /// The metadata of the [issuer](crate::TokenManagerBuilder::issuer) is missing or cannot be used, so no token was
    /// requested.
    Issuer(Arc<IssuerError>),
    /// A request to another endpoint of the authorization server than the token endpoint failed, such as a revocation.
    Endpoint(Arc<EndpointError>),
    /// A time limit passed: that of one token request, of all attempts to fetch the token, or of the call that waited
    /// for it.
    Timeout(Arc<TimeoutError>),
    /// The token request failed a short time ago in another process that shares the token, or in an earlier run of this
    /// process. This process sends no request yet. The error is retryable if the original failure was.
    SharedFailure(Arc<SharedFailureError>),
    /// Application code that the library calls failed, such as a token provider, a provider of client secrets or an
    /// assertion source.
    Callback(Arc<CallbackError>),
    /// The API call that opens an [API session](crate::scheme::OAuth::in_session_header) failed.
    Login(Arc<LoginError>),
    /// The token provider called an API through the client that was waiting for the provider's token. For calls from a
    /// provider, use the [`TokenEndpoint`](crate::TokenEndpoint) that it receives, or a client that needs no token.
    ProviderCycle(Arc<ClientContext>),
    /// The task that fetched the token was dropped together with its runtime. The next call starts another token
    /// request.
    Aborted(Arc<ClientContext>),
    /// Application code or the transport panicked while a token was fetched. The next call starts another token
    /// request. Only the panic hook receives the panic message, because it may contain a token.
    Panicked(Arc<ClientContext>),
    /// No async runtime is available to fetch a token on. Make the call inside a Tokio runtime, or pass a runtime to
    /// the builder of the token manager.
    NoRuntime(Arc<ClientContext>),
    /// In [manual mode](crate::TokenManagerBuilder::manual), no token was passed to this token manager. Call
    /// [`fetch_token`](crate::TokenManager::fetch_token) and pass its token to
    /// [`with_token`](crate::TokenManager::with_token).
    NotAuthorized(Arc<ClientContext>),
    /// In [manual mode](crate::TokenManagerBuilder::manual), the token that was passed to this token manager has
    /// expired. Fetch a new one.
    TokenExpired(Arc<ClientContext>),
    /// The tokens need a [proof of possession](crate::proof::Proof) for each request, which depends on the request's
    /// method and URI. Authorize requests with [`Authorizer::authorize`](crate::Authorizer::authorize),
    /// [`Replay`](crate::Replay), or a client built on them.
    ProofRequired(Arc<ClientContext>),
    /// The user has to sign in, for the first time or again.
    SignInRequired(Arc<SignInRequired>),
    /// A sign-in failed: the redirect from the authorization server contains no usable authorization code.
    SignInFailed(Arc<SignInError>),
    /// The store of the [users' tokens](crate::UserTokens) failed. The user does not have to sign in again.
    StoreFailed(Arc<StoreFailedError>),
    /// The server issues tokens with a lifetime that is too short for
    /// [`token_valid_for`](crate::TokenManager::token_valid_for).
    #[non_exhaustive]
    LifetimeTooShort {
        /// The client and its token endpoint.
        client: Arc<ClientContext>,
        /// The remaining lifetime that the caller requested.
        requested: Duration,
        /// The time for which the newest token can still be used.
        remaining: Duration,
        /// The [clock skew](crate::TokenManagerBuilder::clock_skew) in seconds, rounded up: the time before its expiry
        /// at which a token is no longer used. Included in neither `requested` nor `remaining`.
        skew_seconds: u32,
    },
    /// The URL of the API request must not receive credentials. Nothing was sent.
    Origin(Arc<OriginError>),
    /// The credentials that the API call needs are not configured. Nothing was sent.
    RequirementNotMet(Arc<RequirementError>),
}

impl Error {
    /// Creates the error that a [token provider](crate::TokenProvider) returns when it fails. `source` is its cause.
    pub fn provider(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::TokenProvider, source.into())))
    }

    /// Creates the error that a [token provider](crate::TokenProvider) returns when its API call to open an [API
    /// session](crate::scheme::OAuth::in_session_header) fails. `source` is the error of this call. After such an
    /// error, calls that need a session fail for a while without another login (see [`LoginError`]); after an error
    /// made with [`provider`](Self::provider), they do not.
    pub fn login(failure: LoginFailure, source: impl Into<BoxError>) -> Self {
        Self::Login(Arc::new(LoginError::new(failure, source.into())))
    }

    /// Creates the error that a [provider of client secrets](crate::client_auth::CredentialProvider) returns when it
    /// fails. `source` is its cause.
    pub fn credential_provider(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(
            CallbackKind::CredentialProvider,
            source.into(),
        )))
    }

    /// Creates the error that the method [`request`](crate::Grant::request) of a custom [`Grant`](crate::Grant) returns
    /// when it fails. `source` is its cause.
    pub fn grant(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::Grant, source.into())))
    }

    /// Creates the error that the method [`authenticate`](crate::client_auth::ClientAuth::authenticate) of a custom
    /// [`ClientAuth`](crate::client_auth::ClientAuth) returns when it fails. `source` is its cause.
    pub fn client_auth(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::ClientAuth, source.into())))
    }

    /// Creates the error that the method [`apply`](crate::scheme::Scheme::apply) of a custom authentication
    /// [`Scheme`](crate::scheme::Scheme) returns when it fails. `source` is its cause.
    pub fn scheme(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::Scheme, source.into())))
    }

    /// Creates the error that the method [`headers`](crate::proof::Proof::headers) of a custom
    /// [`Proof`](crate::proof::Proof) returns when it fails. `source` is its cause.
    pub fn proof(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::Proof, source.into())))
    }

    /// Creates the error that the method [`assertion`](crate::assertion::AssertionSource::assertion) of an
    /// [`AssertionSource`](crate::assertion::AssertionSource) returns when it fails. `source` is its cause.
    pub fn assertion(source: impl Into<BoxError>) -> Self {
        Self::failed_assertion(source, false)
    }

    /// Like [`assertion`](Self::assertion), for a failure that may be transient.
    pub(crate) fn failed_assertion(source: impl Into<BoxError>, is_retryable: bool) -> Self {
        let error = CallbackError::new(CallbackKind::Assertion, source.into());
        Self::Callback(Arc::new(error.retryable(is_retryable)))
    }

    /// Wraps a failure of a server that the library's own provider or source asks. Later requests to it wait, and
    /// for as long as the server demands.
    pub(crate) fn failed_server(
        kind: CallbackKind,
        problem: String,
        is_retryable: bool,
        retry_after: Option<Duration>,
    ) -> Self {
        let error = CallbackError::new(kind, problem.into());
        Self::Callback(Arc::new(error.retryable(is_retryable).of_server(retry_after)))
    }

    /// Returns whether the same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::OAuthProvider(error) => error.is_retryable(),
            Self::Unreachable(error) => error.transport_error().is_retryable(),
            Self::Issuer(error) => error.discovery().is_retryable(),
            Self::Endpoint(error) => error.is_retryable(),
            Self::Timeout(_) | Self::Aborted(_) => true,
            Self::StoreFailed(error) => error.is_retryable(),
            Self::SharedFailure(error) => error.is_retryable(),
            Self::Callback(error) => error.is_retryable(),
            Self::Login(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// Returns how long the server asked the client to wait with `Retry-After` (RFC 9110 section 10.2.3), counted from
    /// its response. Returns `None` if the server requested no wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::OAuthProvider(error) => error.retry_after(),
            Self::Endpoint(error) => error.rejection()?.retry_after(),
            Self::SharedFailure(error) => error.retry_after(),
            Self::Login(error) => error.api()?.retry_after(),
            Self::Callback(error) => error.retry_after(),
            _ => None,
        }
    }

    pub(crate) fn rejection_class(&self) -> RejectionClass {
        match self {
            Self::OAuthProvider(error) => error.rejection_class(),
            Self::SharedFailure(error) => error.rejection_class(),
            Self::Login(error) => error.rejection_class(),
            Self::Endpoint(error) => match error.rejection() {
                Some(rejection) => rejection.rejection_class(),
                None => RejectionClass::Transient,
            },
            Self::Issuer(error) if !error.discovery().is_retryable() => RejectionClass::Permanent,
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
            Self::Issuer(error) => error.fmt(f),
            Self::Endpoint(error) => error.fmt(f),
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
            Self::Issuer(error) => error.source(),
            Self::Endpoint(error) => error.source(),
            Self::Callback(error) => error.source(),
            Self::Login(error) => error.source(),
            Self::TokenResponse(error) => error.source(),
            Self::SignInRequired(error) => error.source(),
            Self::StoreFailed(error) => error.source(),
            _ => None,
        }
    }
}
