//! A key that a login operation gives.

use std::fmt;
use std::sync::Arc;

use evergrant::error::LoginFailure;
use evergrant::runtime::BoxFuture;
use evergrant::{Secret, Token};
use serde::Serialize;

use crate::Core;

/// A session's token: a fixed one, or one that is had by logging in.
#[derive(Clone)]
pub struct SessionCredentials {
    pub(crate) start: Start,
}

#[derive(Clone)]
pub(crate) enum Start {
    Token(Secret),
    LogIn(Login),
}

/// Calls the login operation.
pub(crate) type Login = Arc<dyn Fn(Core) -> BoxFuture<'static, Result<Token, evergrant::Error>> + Send + Sync>;

impl SessionCredentials {
    /// A token that the application has from elsewhere, and renews by itself.
    pub fn token(token: impl Into<Secret>) -> Self {
        Self {
            start: Start::Token(token.into()),
        }
    }

    /// Has a token by calling `login`: once however many ask, and again when the API no longer takes it (a 401).
    ///
    /// `login` must call by the core that it is given, and may take 30 s. That core has all other credentials; a call that needs a
    /// session is an error there, where with a client of its own it would wait for the very session that it is to open. An
    /// [`Error`](crate::Error) of a call turns into what it returns: `core.request(..).send(..).await?`. Such a failure is
    /// remembered for a while, and calls fail with it meanwhile, so that a wrong password locks no account: see
    /// [`LoginError`](evergrant::error::LoginError). Other credentials begin anew.
    pub fn log_in<F, Fut>(login: F) -> Self
    where
        F: Fn(Core) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Token, evergrant::Error>> + Send + 'static,
    {
        Self {
            start: Start::LogIn(Arc::new(move |core| Box::pin(login(core)))),
        }
    }
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = match self.start {
            Start::Token(_) => "token",
            Start::LogIn(_) => "log_in",
        };
        f.debug_struct("SessionCredentials")
            .field("start", &start)
            .finish_non_exhaustive()
    }
}

/// The token that a login's answer gives in one of its members.
///
/// # Errors
/// When the member is no text, or is empty. The answer itself is not told.
pub fn session_token(answer: &impl Serialize, member: &str) -> Result<Token, evergrant::Error> {
    let answer = serde_json::to_value(answer).unwrap_or_default();
    match answer.get(member).and_then(serde_json::Value::as_str) {
        Some(token) if !token.is_empty() => Ok(Token::new(token)),
        _ => Err(evergrant::Error::login(
            LoginFailure::Other,
            format!("its answer has no `{member}`"),
        )),
    }
}
