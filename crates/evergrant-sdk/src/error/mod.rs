//! The error type of calls.

mod api;
mod call_name;
mod http;
mod response_decode;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::StatusCode;
use evergrant::OAuthProviderError;
use evergrant::error::{LoginFailure, report};

pub use self::api::ApiError;
pub(crate) use self::call_name::CallName;
pub(crate) use self::http::Failure;
pub use self::http::HttpError;
pub use self::response_decode::ResponseDecodeError;

/// The error of a call. `E` is the type of the decoded bodies of the operation's error responses.
/// [`untyped`](Self::untyped) discards the decoded body, so that the errors of several operations have the same type.
///
/// Messages contain the method, the path and the origin of the call, with parameter names instead of values. They
/// contain no secrets, header values or body contents. `Debug` writes the message and its causes, like [`report`]. The
/// error is therefore readable if `main` returns it.
#[non_exhaustive]
pub enum Error<E = Untyped> {
    /// The API returned an error response.
    Api(Box<ApiError<E>>),
    /// The authorization server rejected the token request of this call. Either the call was not sent to the API, or
    /// the API had rejected the previous token with a 401.
    OAuthProvider(Arc<OAuthProviderError>),
    /// No credentials could be applied to the call, for a reason other than a rejected token request; or the
    /// credentials are not allowed to be sent to its URL.
    Authorization(evergrant::Error),
    /// The API could not be reached, did not respond in time, or closed the connection before the response was
    /// complete. See [`HttpError`] for further failures.
    Http(Box<HttpError>),
    /// The request is invalid and was not sent. The text contains the method and the path of the call.
    Request(String),
    /// The response body could not be decoded as the type that the API description defines.
    Decode(Box<ResponseDecodeError>),
    /// The API returned a success status that the API description does not define for the operation.
    UnexpectedStatus(Box<ApiError>),
}

/// The type parameter `E` of an [`Error`] without a decoded body. This type has no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untyped {}

impl<E> Error<E> {
    /// Returns the API's error response to this call, or `None` for other errors. For an error response to a login, use
    /// [`login`](Self::login).
    #[must_use]
    pub fn api(&self) -> Option<&ApiError<E>> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the error of the failed login that this call required, or `None` for other errors. Either the call
    /// itself was not sent, or the API had rejected the previous session token with a 401.
    #[must_use]
    pub fn login(&self) -> Option<&Error> {
        match self {
            Self::Authorization(evergrant::Error::Login(error)) => std::error::Error::source(&**error)?.downcast_ref(),
            _ => None,
        }
    }

    /// Returns the HTTP status of the API's response to the call, or to the login that the call required. Returns
    /// `None` for errors without such a response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(error) => Some(error.status()),
            Self::UnexpectedStatus(error) => Some(error.status()),
            Self::Decode(problem) => Some(problem.status()),
            Self::Authorization(evergrant::Error::Login(error)) => Some(error.api()?.status()),
            _ => None,
        }
    }

    /// Returns whether the same call may succeed later without changes.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Api(error) => error.is_retryable(),
            Self::OAuthProvider(error) => error.is_retryable(),
            Self::Authorization(error) => match provider_error(error) {
                Some(cause) => cause.is_retryable(),
                None => error.is_retryable(),
            },
            Self::Http(error) => error.is_retryable(),
            Self::Request(_) | Self::Decode(_) | Self::UnexpectedStatus(_) => false,
        }
    }

    /// Returns the wait that the API or the authorization server requested before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after(),
            Self::OAuthProvider(error) => error.retry_after(),
            Self::Authorization(error) => match provider_error(error) {
                Some(cause) => cause.retry_after(),
                None => error.retry_after(),
            },
            _ => None,
        }
    }

    fn login_failure(&self) -> LoginFailure {
        match self {
            Self::Api(error) => LoginFailure::Response(error.response().clone()),
            Self::Http(error) if error.is_retryable() => LoginFailure::NoResponse,
            _ => LoginFailure::Other,
        }
    }

    pub(crate) fn http(call: &CallName, failure: Failure) -> Self {
        Self::Http(Box::new(HttpError::new(call.clone(), failure)))
    }

    /// Discards the decoded body of the error response, so that errors of different operations have the same type.
    ///
    /// ```
    /// # struct Problem;
    /// # async fn get_book() -> Result<(), evergrant_sdk::Error<Problem>> { Ok(()) }
    /// # async fn list_orders() -> Result<(), evergrant_sdk::Error> { Ok(()) }
    /// use evergrant_sdk::Error;
    ///
    /// async fn both() -> Result<(), Error> {
    ///     get_book().await.map_err(Error::untyped)?;
    ///     list_orders().await?;
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn untyped(self) -> Error {
        self.retyped()
    }

    /// Discards the decoded error body, and changes its type.
    pub(crate) fn retyped<F>(self) -> Error<F> {
        match self {
            Self::Api(error) => Error::Api(Box::new(error.retyped())),
            Self::OAuthProvider(error) => Error::OAuthProvider(error),
            Self::Authorization(error) => Error::Authorization(error),
            Self::Http(error) => Error::Http(error),
            Self::Request(problem) => Error::Request(problem),
            Self::Decode(problem) => Error::Decode(problem),
            Self::UnexpectedStatus(error) => Error::UnexpectedStatus(error),
        }
    }
}

/// The failed call of a custom token provider.
fn provider_error(error: &evergrant::Error) -> Option<&Error> {
    match error {
        evergrant::Error::Callback(error) => std::error::Error::source(&**error)?.downcast_ref(),
        _ => None,
    }
}

impl<E> From<evergrant::Error> for Error<E> {
    fn from(error: evergrant::Error) -> Self {
        match error {
            evergrant::Error::OAuthProvider(error) => Self::OAuthProvider(error),
            error => Self::Authorization(error),
        }
    }
}

/// Converts the error of a call that a login closure or a token provider makes. The token manager caches such an error
/// for a while (see [`LoginError`](evergrant::error::LoginError)). For an error that the next call should retry, use
/// [`Error::provider`](evergrant::Error::provider) instead.
impl<E> From<Error<E>> for evergrant::Error {
    fn from(error: Error<E>) -> Self {
        match error {
            Error::OAuthProvider(error) => Self::OAuthProvider(error),
            Error::Authorization(error) => error,
            error => Self::login(error.login_failure(), error.untyped()),
        }
    }
}

impl<E> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::OAuthProvider(error) => evergrant::Error::OAuthProvider(Arc::clone(error)).fmt(f),
            Self::Authorization(error) => error.fmt(f),
            Self::Http(error) => error.fmt(f),
            Self::Request(problem) => write!(f, "the request cannot be sent: {problem}"),
            Self::Decode(problem) => problem.fmt(f),
            Self::UnexpectedStatus(error) => write!(f, "{error}, a status that its description does not define"),
        }
    }
}

impl<E> fmt::Debug for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}

impl<E> std::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Authorization(error) => error.source(),
            Self::Http(error) => error.source(),
            _ => None,
        }
    }
}
