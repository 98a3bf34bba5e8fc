//! The error of an API call that opens a session.

use std::fmt;
use std::sync::Arc;

use super::{ApiError, BoxError, RejectionClass};

/// A failed login: the API call that opens a [session](crate::scheme::OAuth::in_session_header) and returns its token
/// failed. [`source`](std::error::Error::source) returns the error of this call.
///
/// A failed login is not repeated immediately. Other calls fail fast with the same error: for the duration of
/// `Retry-After` if the API sent it; for 30 s after a rejection (400, 401, 403, 422), because the same login would be
/// rejected again and may lock an account; otherwise for 1 s, doubling to 5 s.
#[derive(Clone)]
pub struct LoginError {
    failure: LoginFailure,
    source: Arc<BoxError>,
    pub(super) call: Option<Arc<str>>,
}

/// The reason for a failed login.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LoginFailure {
    /// The API returned an error status.
    Response(ApiError),
    /// No complete response arrived, and a later attempt may succeed.
    NoResponse,
    /// Any other failure, such as a response without a token.
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

    /// Returns the reason for the failed login.
    #[must_use]
    pub fn failure(&self) -> &LoginFailure {
        &self.failure
    }

    /// Returns the error response of the API; `None` if the login failed for another reason.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match &self.failure {
            LoginFailure::Response(response) => Some(response),
            LoginFailure::NoResponse | LoginFailure::Other => None,
        }
    }

    /// Returns whether the login may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.failure {
            LoginFailure::Response(response) => response.is_retryable(),
            LoginFailure::NoResponse => true,
            LoginFailure::Other => false,
        }
    }

    pub(super) fn rejection_class(&self) -> RejectionClass {
        match self.api().map(|response| response.status().as_u16()) {
            Some(400 | 401 | 403 | 422) => RejectionClass::Permanent,
            _ => RejectionClass::Transient,
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
