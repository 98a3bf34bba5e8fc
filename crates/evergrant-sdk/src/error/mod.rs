//! Everything that a call can fail with, as one small error.

mod api;
mod called;
mod decode;
mod http;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::StatusCode;
use evergrant::OAuthProviderError;
use evergrant::error::{LoginFailure, report};

pub use self::api::ApiError;
pub(crate) use self::called::Called;
pub use self::decode::DecodeProblem;
pub(crate) use self::http::Failure;
pub use self::http::HttpError;

/// Why a call brought nothing. `E` is what the operation's failures carry; [`untyped`](Self::untyped) drops that, so that the
/// failures of several operations are of one type.
///
/// Every message names the call by its operation's method and path, with the names of parameters in place of their values, and by
/// the origin that it went to. No message shows a secret, a header's value, or anything of a body. `Debug` writes the message too,
/// so that it reads well where `main` returns the error ([`report`]).
#[non_exhaustive]
pub enum Error<E = Untyped> {
    /// The API answered, with a failure.
    Api(Box<ApiError<E>>),
    /// The authorization server refused; nothing was sent to the API, or its 401 could not be recovered.
    OAuthProvider(Arc<OAuthProviderError>),
    /// The call could not be authorized for another reason, or must not be.
    Authorization(evergrant::Error),
    /// The API could not be reached, did not answer in time, or the connection broke.
    Http(Box<HttpError>),
    /// The request cannot be sent as it was put together. The text names the call.
    Request(String),
    /// The API's answer cannot be read.
    Decode(Box<DecodeProblem>),
    /// The API answered with a success that its description does not have.
    UnexpectedStatus(Box<ApiError>),
}

/// A body that the description says nothing of, and that nobody has read. There is no value of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untyped {}

impl<E> Error<E> {
    /// The API's own failure, as its answer to this very call; that to a login is with [`login`](Self::login).
    #[must_use]
    pub fn api(&self) -> Option<&ApiError<E>> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// The failed login that kept the call from having a session. Nothing was sent of the call itself, or its 401 could not be
    /// recovered.
    #[must_use]
    pub fn login(&self) -> Option<&Error> {
        match self {
            Self::Authorization(evergrant::Error::Login(error)) => std::error::Error::source(&**error)?.downcast_ref(),
            _ => None,
        }
    }

    /// The status with which the API answered, if it did: the call, or the login that it needed.
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

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Api(error) => error.is_retryable(),
            Self::OAuthProvider(error) => error.is_retryable(),
            Self::Authorization(error) => match providing(error) {
                Some(cause) => cause.is_retryable(),
                None => error.is_retryable(),
            },
            Self::Http(error) => error.is_retryable(),
            Self::Request(_) | Self::Decode(_) | Self::UnexpectedStatus(_) => false,
        }
    }

    /// How long the API, or the authorization server, asked us to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after(),
            Self::OAuthProvider(error) => error.retry_after(),
            Self::Authorization(error) => match providing(error) {
                Some(cause) => cause.retry_after(),
                None => error.retry_after(),
            },
            _ => None,
        }
    }

    fn as_login(&self) -> LoginFailure {
        match self {
            Self::Api(error) => LoginFailure::Answered(error.answer().clone()),
            Self::Http(error) if error.is_retryable() => LoginFailure::Unanswered,
            _ => LoginFailure::Other,
        }
    }

    /// The same without the operation's own type.
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

    /// The same without what it carries, as another operation's.
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

/// The failed call of a token provider of the application's own.
fn providing(error: &evergrant::Error) -> Option<&Error> {
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

/// For the failed call of a login, or of whatever else gives a token: it is remembered for a while (see
/// [`LoginError`](evergrant::error::LoginError)). What the next call is to try again goes into
/// [`Error::provider`](evergrant::Error::provider).
impl<E> From<Error<E>> for evergrant::Error {
    fn from(error: Error<E>) -> Self {
        match error {
            Error::OAuthProvider(error) => Self::OAuthProvider(error),
            Error::Authorization(error) => error,
            error => Self::login(error.as_login(), error.untyped()),
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
            Self::UnexpectedStatus(error) => write!(f, "{error}, which its description does not have"),
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
