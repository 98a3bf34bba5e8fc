//! The error of a request to a URL that must not receive credentials.

use std::fmt;
use std::sync::Arc;

/// The error of an API request whose URL must not receive credentials. Nothing was sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// The origin of the URL is not among the allowed origins.
    NotAllowed {
        /// The origin of the URL, such as `https://api.example.com`.
        origin: String,
        /// The API call, if known, such as `GET https://api.example.com/v1/books`.
        call: Option<Arc<str>>,
    },
    /// The URL is plain `http`, and its host is not this machine.
    NotEncrypted {
        /// The origin of the URL, such as `http://api.example.com`.
        origin: String,
        /// The API call, if known, such as `GET https://api.example.com/v1/books`.
        call: Option<Arc<str>>,
    },
    /// The URL is malformed, is neither `http` nor `https`, or contains a user name.
    InvalidUrl {
        /// Why the URL cannot be used.
        problem: String,
        /// The API call, if known, such as `GET https://api.example.com/v1/books`.
        call: Option<Arc<str>>,
    },
}

impl OriginError {
    /// Creates an [`InvalidUrl`](Self::InvalidUrl) error. `problem` states why the URL cannot be used.
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
                "{origin} is not an allowed origin for this client's credentials; call allow_origin(\"{origin}\"), or send the request without credentials"
            ),
            Self::NotEncrypted { origin, .. } => write!(
                f,
                "{origin} is not encrypted, so credentials would be readable on the network; use https, or danger_allow_http_to(\"{origin}\") where plain http is safe"
            ),
            Self::InvalidUrl { problem, .. } => {
                write!(f, "the request's URL cannot be used: {problem}")
            }
        }
    }
}

impl std::error::Error for OriginError {}
