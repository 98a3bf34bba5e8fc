//! The error of an API call that opens an API session.

use std::fmt;
use std::sync::Arc;

use super::{ApiError, BoxError, RejectionClass};

/// The error of a failed login: the API call that opens an [API session](crate::scheme::OAuth::in_session_header) and
/// returns the session's token. [`source`](std::error::Error::source) returns the error of this call.
///
/// After a failed login, calls that need a session fail with the same error for a while, and no other login is sent. If
/// the API sent `Retry-After`, this lasts for that duration. After a rejection (400, 401, 403, 422), it lasts for 30 s,
/// because the same login would be rejected again and may lock an account. After any other failure, it lasts for 1 s,
/// and doubles with each further failure up to 5 s.
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
    /// The API responded to the login with an error status.
    Response(ApiError),
    /// No complete response to the login arrived. A later login may succeed.
    NoResponse,
    /// Any other failure, such as a response without a session token.
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

    /// Returns the error response of the API to the login. Returns `None` if the login failed for another reason.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match &self.failure {
            LoginFailure::Response(response) => Some(response),
            LoginFailure::NoResponse | LoginFailure::Other => None,
        }
    }

    /// Returns whether the same login may succeed later without any change.
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
