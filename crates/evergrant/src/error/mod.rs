//! Everything that can go wrong in use, as one cheap, matchable error; what can go wrong when building is `BuildError`.

mod api;
mod build;
mod call;
mod cause;
mod context;
mod fleet;
mod hint;
mod login;
mod oauth_provider;
mod origin;
mod provider;
mod relaxation;
mod report;
mod requirement;
mod response;
mod sign_in;
mod timeout;
mod transport;
mod transport_cause;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::api::ApiError;
pub use self::build::BuildError;
pub use self::cause::innermost;
pub use self::context::ClientContext;
pub(crate) use self::fleet::SharedCause;
pub use self::fleet::{FleetError, FleetFailure};
pub use self::hint::Hint;
pub use self::login::{LoginError, LoginFailure};
pub use self::oauth_provider::OAuthProviderError;
pub(crate) use self::oauth_provider::{Refusal, SentRequest};
pub use self::origin::OriginError;
pub use self::provider::{CallbackError, CallbackKind};
pub use self::relaxation::RelaxationForbidden;
pub use self::report::report;
pub use self::requirement::{RequirementError, UnmetAlternative};
pub use self::response::{TokenResponseError, TokenResponseProblem};
pub use self::sign_in::{SignInError, SignInProblem, SignInRequired};
pub use self::timeout::{TimeoutError, TimeoutScope};
pub use self::transport::{TransportError, TransportErrorKind, UnreachableError};
pub use self::transport_cause::TransportCause;

/// An error that any callback may return; it stays reachable through [`std::error::Error::source`].
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call could not be authorized. Cheap to clone: all callers that waited for one token share one error.
///
/// Every message says what happened, to which client and endpoint, and what to do about it, and names the [call](Self::call) that
/// failed, if it was one. `Debug` writes the message too ([`report`]). None carries a secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum Error {
    /// The authorization server refused. What to do depends on [`OAuthProviderError::code`].
    OAuthProvider(Arc<OAuthProviderError>),
    /// The token endpoint answered with success, but with nothing that is a usable token response.
    TokenResponse(Arc<TokenResponseError>),
    /// The token endpoint could not be reached, or the connection broke.
    Unreachable(Arc<UnreachableError>),
    /// Time ran out: an attempt's, the whole flight's, or the caller's own.
    Timeout(Arc<TimeoutError>),
    /// Another process that shares the token, or an earlier run, could not fetch one, and this one need not try yet. Retryable if
    /// the failure was where it happened.
    Fleet(Arc<FleetError>),
    /// A callback of the application (token provider, credential provider) failed.
    Callback(Arc<CallbackError>),
    /// The call that opens a session of an API failed.
    Login(Arc<LoginError>),
    /// The token provider called the very manager that was waiting for it. Use the [`Exchange`](crate::Exchange) that it
    /// is given, or a client that needs no token.
    ProviderCycle(Arc<ClientContext>),
    /// The task that fetched the token was dropped with its runtime. Calling again starts a new one.
    Aborted(Arc<ClientContext>),
    /// A callback or the transport panicked while a token was being fetched. The next call starts afresh. What the panic
    /// said is left to the panic hook: it may hold a token.
    Panicked(Arc<ClientContext>),
    /// There is no async runtime to fetch a token on. Call from inside a tokio runtime, or pass one to the builder.
    NoRuntime(Arc<ClientContext>),
    /// Manual style: no token was given to this client. Call [`fetch_token`](crate::TokenManager::fetch_token) and pass the
    /// result on.
    NotAuthorized(Arc<ClientContext>),
    /// Manual style: the token that was given to this client has expired. Fetch a new one.
    TokenExpired(Arc<ClientContext>),
    /// A user has to sign in, for the first time or again.
    SignInRequired(Arc<SignInRequired>),
    /// A user came back from the authorization server without a code that can be used.
    SignInFailed(Arc<SignInError>),
    /// The server's tokens do not live long enough for
    /// [`token_valid_for`](crate::TokenManager::token_valid_for).
    #[non_exhaustive]
    LifetimeTooShort {
        /// Which client, at which endpoint.
        client: Arc<ClientContext>,
        /// What was asked for.
        wanted: Duration,
        /// How much longer the newest token is used.
        left: Duration,
        /// How many seconds before its end it is no longer used, part of neither `wanted` nor `left`: the
        /// [clock skew](crate::TokenManagerBuilder::clock_skew), rounded up.
        skew_seconds: u32,
    },
    /// A request to an origin that was not allowed to receive credentials.
    Origin(Arc<OriginError>),
    /// No alternative of a requirement has all its credentials configured.
    RequirementNotMet(Arc<RequirementError>),
    /// The API answered with a failure.
    Api(Arc<ApiError>),
}

impl Error {
    /// Wraps a token provider's own failure, to return it from the provider.
    pub fn provider(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::TokenProvider, source.into())))
    }

    /// Wraps the failure of a call that opens a session, to return it from the token provider that makes the call. `source` says
    /// which call it was; unlike a [provider's](Self::provider), the failure is remembered for a while (see [`LoginError`]).
    pub fn login(failure: LoginFailure, source: impl Into<BoxError>) -> Self {
        Self::Login(Arc::new(LoginError::new(failure, source.into())))
    }

    /// Wraps a credential provider's own failure, to return it from the provider.
    pub fn credential_provider(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(
            CallbackKind::CredentialProvider,
            source.into(),
        )))
    }

    /// Wraps a failure of a [`Scheme`](crate::scheme::Scheme) of your own, to return it from
    /// [`apply`](crate::scheme::Scheme::apply).
    pub fn scheme(source: impl Into<BoxError>) -> Self {
        Self::Callback(Arc::new(CallbackError::new(CallbackKind::Scheme, source.into())))
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::OAuthProvider(error) => error.is_retryable(),
            Self::Unreachable(error) => error.transport_error().is_retryable(),
            Self::Timeout(_) | Self::Aborted(_) => true,
            Self::Fleet(error) => error.is_retryable(),
            Self::Login(error) => error.is_retryable(),
            Self::Api(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// How long the server asked us to wait, counted from its answer (RFC 9110 section 10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::OAuthProvider(error) => error.retry_after(),
            Self::Fleet(error) => error.retry_after(),
            Self::Login(error) => error.api()?.retry_after(),
            Self::Api(error) => error.retry_after(),
            _ => None,
        }
    }

    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            Self::OAuthProvider(error) => error.refusal(),
            Self::Fleet(error) => error.refusal(),
            Self::Login(error) => error.refusal(),
            _ => Refusal::None,
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
            Self::Fleet(error) => error.fmt(f),
            Self::Callback(error) => error.fmt(f),
            Self::Login(error) => error.fmt(f),
            Self::ProviderCycle(client) => write!(
                f,
                "the token provider of {client} called the API through the client that waits for its token; use the exchange it is given"
            ),
            Self::Aborted(client) => write!(
                f,
                "the task that fetched a token for {client} was dropped with its runtime; call again"
            ),
            Self::Panicked(client) => write!(
                f,
                "a callback or the transport panicked while a token was fetched for {client}; the panic itself went to the program's panic hook; the next call starts afresh"
            ),
            Self::NoRuntime(client) => write!(
                f,
                "no async runtime to fetch a token for {client} on; call from inside a tokio runtime or pass one to the builder"
            ),
            Self::NotAuthorized(client) => write!(
                f,
                "no token for {client}, which does not fetch any by itself; call fetch_token(), and go on with that token (with_token(..), or the client's with_configuration(..))"
            ),
            Self::TokenExpired(client) => write!(
                f,
                "the token of {client} has expired, and it does not renew by itself; call fetch_token(), and go on with that token (with_token(..), or the client's with_configuration(..))"
            ),
            Self::SignInRequired(error) => error.fmt(f),
            Self::SignInFailed(error) => error.fmt(f),
            Self::LifetimeTooShort {
                client,
                wanted,
                left,
                skew_seconds,
            } => write!(
                f,
                "a token valid for {} s was asked for, but {client} was given one that can be used for {} s: its last {skew_seconds} s do not count (clock skew); ask for less, or have the server issue longer ones",
                wanted.as_secs_f64().ceil(),
                left.as_secs()
            ),
            Self::Origin(error) => error.fmt(f),
            Self::RequirementNotMet(error) => error.fmt(f),
            Self::Api(error) => error.fmt(f),
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
            _ => None,
        }
    }
}
