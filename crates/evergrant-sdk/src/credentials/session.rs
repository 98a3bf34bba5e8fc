//! Credentials of session schemes: a token from a login operation.

use std::fmt;
use std::sync::Arc;

use evergrant::error::LoginFailure;
use evergrant::runtime::BoxFuture;
use evergrant::{Secret, Token};
use serde::Serialize;

use crate::call::Dispatcher;

/// The credentials of a session scheme, in which a login operation of the API returns a session token: either a fixed
/// token, or a closure that logs in.
#[derive(Clone)]
pub struct SessionCredentials {
    pub(crate) source: SessionSource,
}

#[derive(Clone)]
pub(crate) enum SessionSource {
    Token(Secret),
    LogIn(Login),
}

/// Calls the login operation.
pub(crate) type Login = Arc<dyn Fn(Dispatcher) -> BoxFuture<'static, Result<Token, evergrant::Error>> + Send + Sync>;

impl SessionCredentials {
    /// Creates credentials from a fixed session token. The client does not log in and does not renew the token.
    pub fn token(token: impl Into<Secret>) -> Self {
        Self {
            source: SessionSource::Token(token.into()),
        }
    }

    /// Creates credentials that fetch the session token by calling `login`. The client calls `login` once for all calls
    /// that wait for the token, and again when the API rejects the token with a 401.
    ///
    /// `login` must send its calls with the [`Dispatcher`] that it receives, and must finish within 30 s. The
    /// dispatcher has the credentials of all schemes except session schemes. A call that requires a session fails
    /// inside `login`, because it would wait for the session that the login opens. The [`Error`](crate::Error) of a
    /// call converts to the error type of `login`, as in `dispatcher.request(..).send(..).await?`.
    ///
    /// The error of a failed login is cached for some time. Calls during this time fail with the same error, so that
    /// repeated attempts with a wrong password do not lock the account; see
    /// [`LoginError`](evergrant::error::LoginError). Setting new credentials clears the cached error.
    pub fn log_in<F, Fut>(login: F) -> Self
    where
        F: Fn(Dispatcher) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Token, evergrant::Error>> + Send + 'static,
    {
        Self {
            source: SessionSource::LogIn(Arc::new(move |dispatcher| Box::pin(login(dispatcher)))),
        }
    }
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.source {
            SessionSource::Token(_) => "token",
            SessionSource::LogIn(_) => "log_in",
        };
        f.debug_struct("SessionCredentials")
            .field("source", &source)
            .finish_non_exhaustive()
    }
}

/// Reads the session token from the response of a login operation. `member` is the name of the JSON member that
/// contains the token.
///
/// # Errors
/// Returns an error if the member is not a string or is empty. The error contains no values of the response.
pub fn session_token(response: &impl Serialize, member: &str) -> Result<Token, evergrant::Error> {
    let response = serde_json::to_value(response).unwrap_or_default();
    match response.get(member).and_then(serde_json::Value::as_str) {
        Some(token) if !token.is_empty() => Ok(Token::new(token)),
        _ => Err(evergrant::Error::login(
            LoginFailure::Other,
            format!("the response has no `{member}`"),
        )),
    }
}
