//! The call that opens a session of an API failed.

use std::fmt;
use std::sync::Arc;

use super::{ApiError, BoxError, Refusal};

/// A login failed: the call of an API that gives the token of a [session](crate::scheme::OAuth::in_session_header). Its own error is
/// the source.
///
/// It is remembered like a failure of a token endpoint, so that calls do not repeat it: for `Retry-After` where the API has said
/// so, for 30 s after a refusal (400, 401, 403, 422), which the same login would only meet again and which may lock an account,
/// otherwise for 1 s, doubling to 5 s.
#[derive(Clone)]
pub struct LoginError {
    failure: LoginFailure,
    source: Arc<BoxError>,
    pub(super) call: Option<Arc<str>>,
}

/// What came of the call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LoginFailure {
    /// The API answered, with a failure.
    Answered(ApiError),
    /// No whole answer came, for a reason that may pass by itself.
    Unanswered,
    /// Anything else, such as an answer without a token.
    Other,
}

impl LoginError {
    pub(super) fn new(failure: LoginFailure, source: BoxError) -> Self {
        Self {
            failure,
            source: Arc::new(source),
            call: None,
        }
    }

    /// What came of the call.
    #[must_use]
    pub fn failure(&self) -> &LoginFailure {
        &self.failure
    }

    /// What the API answered, if it did.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match &self.failure {
            LoginFailure::Answered(answer) => Some(answer),
            LoginFailure::Unanswered | LoginFailure::Other => None,
        }
    }

    /// Whether the login may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.failure {
            LoginFailure::Answered(answer) => answer.is_retryable(),
            LoginFailure::Unanswered => true,
            LoginFailure::Other => false,
        }
    }

    pub(super) fn refusal(&self) -> Refusal {
        match self.api().map(|answer| answer.status().as_u16()) {
            Some(400 | 401 | 403 | 422) => Refusal::Final,
            _ => Refusal::None,
        }
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the login failed: {}", self.source)
    }
}

impl std::error::Error for LoginError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&**self.source)
    }
}
