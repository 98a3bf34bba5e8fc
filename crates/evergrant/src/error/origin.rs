//! A request that would have carried credentials to where they must not go.

use std::fmt;
use std::sync::Arc;

/// A URL that may not receive credentials; nothing was sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// The origin is not among those allowed.
    NotAllowed {
        /// The origin, as in `https://api.example.com`.
        origin: String,
        /// The call, if it is known, such as `GET https://api.example.com/v1/books`.
        call: Option<Arc<str>>,
    },
    /// The URL is plain `http`, and its host is not this machine.
    NotEncrypted {
        /// The origin, as in `http://api.example.com`.
        origin: String,
        /// The call, if it is known, such as `GET https://api.example.com/v1/books`.
        call: Option<Arc<str>>,
    },
    /// The URL cannot be read, is neither `http` nor `https`, or carries a user name.
    InvalidUrl {
        /// What is wrong with it.
        problem: String,
        /// The call, if it is known.
        call: Option<Arc<str>>,
    },
}

impl OriginError {
    /// A URL that cannot be used, for this reason.
    #[must_use]
    pub fn invalid_url(problem: impl Into<String>) -> Self {
        Self::InvalidUrl {
            problem: problem.into(),
            call: None,
        }
    }
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed { origin, .. } => write!(
                f,
                "{origin} is not an origin that this client may send credentials to; add allow_origin(\"{origin}\"), or make the call without credentials"
            ),
            Self::NotEncrypted { origin, .. } => write!(
                f,
                "{origin} is not encrypted, and credentials would be readable on the way; use https, or danger_allow_http_to(\"{origin}\") where that is safe"
            ),
            Self::InvalidUrl { problem, .. } => {
                write!(f, "the request's URL cannot be used: {problem}")
            }
        }
    }
}

impl std::error::Error for OriginError {}
