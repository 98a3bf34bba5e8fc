//! The authorization server refused (RFC 6749 section 5.2), in whatever form it said so.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::ClientContext;
use crate::client_auth::ClientAuth;

/// A refusal by the token endpoint: any failure status with any body, or a success status with an `error` member.
///
/// All text from the server is shortened, on one line, and has the client's secret masked.
#[derive(Debug, Clone)]
pub struct OAuthProviderError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) auth: ClientAuth,
    pub(crate) status: StatusCode,
    pub(crate) code: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) uri: Option<String>,
    pub(crate) excerpt: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) empty: bool,
}

/// What a refusal means for the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not a refusal, or one that may pass by itself.
    None,
    /// Asking the same again is pointless until somebody changes something.
    Final,
    /// Final, and the credentials are the reason.
    Credentials,
}

impl OAuthProviderError {
    /// Which client, at which endpoint.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The `error` code, registered or not, such as `invalid_client`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The `error_description`, or what the server sent in its place.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The `error_uri`.
    #[must_use]
    pub fn error_uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }

    /// A short view of a body that was no OAuth error.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }

    /// How long the server asked us to wait: `Retry-After` in seconds or as a date, or `X-Retry-After`; an hour at most.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the refusal may pass by itself: 408, 429, 5xx, `temporarily_unavailable`, `server_error`, `slow_down`.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.code() {
            Some("temporarily_unavailable" | "server_error" | "slow_down") => true,
            _ if self.refusal() != Refusal::None => false,
            _ => matches!(self.status.as_u16(), 408 | 429 | 500..=599),
        }
    }

    pub(crate) fn refusal(&self) -> Refusal {
        match (self.code(), self.status.as_u16()) {
            (Some("invalid_client"), _) | (None, 401 | 403) => Refusal::Credentials,
            (
                Some(
                    "invalid_scope"
                    | "unauthorized_client"
                    | "unsupported_grant_type"
                    | "invalid_request"
                    | "invalid_grant"
                    | "invalid_target"
                    | "access_denied",
                ),
                _,
            )
            | (Some(_), 401 | 403) => Refusal::Final,
            _ => Refusal::None,
        }
    }

    fn remedy(&self) -> &'static str {
        match (self.code(), self.status.as_u16()) {
            (Some("invalid_client"), _) | (None, 401 | 403) => {
                "check the client id, the secret, and the client authentication method that the server expects (basic, raw or post)"
            }
            (Some("invalid_scope"), _) => "ask only for scopes that this client may use",
            (Some("unauthorized_client" | "unsupported_grant_type"), _) => "have the grant enabled for this client",
            (Some("invalid_grant"), _) => {
                "what entitles to a token is wrong, expired or revoked: a password, a code, a refresh token"
            }
            (Some("invalid_request"), _) => "check the parameters that the server requires",
            (_, 404 | 405) => "check the token URL, down to a trailing slash",
            (_, 300..=399) => "the token URL redirects, which a token request never follows; use the final URL",
            (_, 429) => "the server limits the rate of token requests",
            (_, 500..=599) => "the authorization server is failing; the call may be repeated later",
            _ => "see the authorization server's documentation of this error",
        }
    }
}

impl fmt::Display for OAuthProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the authorization server refused {}: {}",
            self.client,
            self.status.as_u16()
        )?;
        match (&self.code, self.status.canonical_reason()) {
            (Some(code), _) => write!(f, " {code}")?,
            (None, Some(reason)) => write!(f, " {reason}")?,
            (None, None) => {}
        }
        if let Some(description) = self.description.as_ref().or(self.excerpt.as_ref()) {
            write!(f, " ({description})")?;
        } else if self.code.is_none() {
            f.write_str(if self.empty {
                " with an empty body"
            } else {
                " without an OAuth error"
            })?;
        }
        if let Some(location) = &self.location {
            write!(f, ", redirecting to {location}")?;
        }
        if let Some(wait) = self.retry_after {
            write!(f, ", retry after {} s", wait.as_secs_f64().ceil())?;
        }
        write!(f, "; {}", self.remedy())?;
        if self.refusal() == Refusal::Credentials {
            write!(f, "; it was sent as {}", self.auth.name())?;
        }
        Ok(())
    }
}

impl std::error::Error for OAuthProviderError {}
