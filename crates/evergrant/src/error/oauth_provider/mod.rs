//! The authorization server refused (RFC 6749 section 5.2), in whatever form it said so.

mod hints;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{ClientContext, Hint};
use crate::client_auth::ClientAuth;

/// A refusal by the token endpoint: any failure status with any body, or a success status with an `error` member.
///
/// All text from the server is shortened, on one line, and has the client's secret masked.
#[derive(Clone)]
pub struct OAuthProviderError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) sent: SentRequest,
    pub(crate) status: StatusCode,
    pub(crate) code: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) uri: Option<String>,
    pub(crate) excerpt: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) empty: bool,
    /// The body is a web page.
    pub(crate) is_page: bool,
}

/// What of the refused request its hints depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SentRequest {
    pub(crate) auth: ClientAuth,
    pub(crate) has_scope: bool,
    pub(crate) may_have_scope: bool,
    /// The client id or the secret is another text once it is percent-encoded.
    pub(crate) encoding_matters: bool,
    /// The grant is that of client credentials, under its registered name.
    pub(crate) is_client_credentials: bool,
    pub(crate) is_json: bool,
    pub(crate) client_id_in_body: bool,
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

    /// The error code: `invalid_client` or another registered one, wherever in the JSON it is; otherwise what stands in `error`,
    /// or in a member such as `errorCode` or `code`, be it a number.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The server's reason: the `error_description`, or what is in a member such as `message`, `detail` or `errorSummary`, at
    /// most two objects down.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The `error_uri`.
    #[must_use]
    pub fn error_uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }

    /// A short view of a body that names no reason: of JSON, its texts, without those that are named as secrets.
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
        Refusal::of(self.code(), self.status)
    }

    /// The message, with `words` in place of this library's for the hints that it gives words for: a program names its own
    /// settings.
    ///
    /// ```
    /// use evergrant::error::{Hint, OAuthProviderError};
    ///
    /// fn message(refusal: &OAuthProviderError) -> String {
    ///     refusal.message_with(|hint| match hint {
    ///         Hint::NoScopeSent => Some("no scope was sent: set SCOPES".to_owned()),
    ///         _ => None,
    ///     })
    /// }
    /// ```
    #[must_use]
    pub fn message_with(&self, words: impl Fn(Hint) -> Option<String>) -> String {
        let mut message = self.summary();
        // Writing to a string cannot fail.
        let _ = Hint::write_all(&self.hints(), &mut message, words);
        if self.refusal() == Refusal::Credentials {
            message.push_str("; it was sent as ");
            message.push_str(self.sent.auth.name());
        }
        message
    }

    /// What happened, without what to do about it.
    pub(crate) fn summary(&self) -> String {
        let mut text = format!(
            "the authorization server refused {}: {}",
            self.client,
            self.status.as_u16()
        );
        match (&self.code, self.status.canonical_reason()) {
            (Some(code), _) if *code != self.status.as_str() => text.extend([" ", code]),
            (_, _) if self.status.is_success() => text.push_str(" without a token"),
            (_, Some(reason)) => text.extend([" ", reason]),
            (_, None) => {}
        }
        if let Some(description) = self.description.as_ref().or(self.excerpt.as_ref()) {
            text.extend([" (", description, ")"]);
        } else if self.code.is_none() {
            text.push_str(if self.empty {
                " with an empty body"
            } else {
                " without an OAuth error"
            });
        }
        if let Some(location) = &self.location {
            text.extend([", redirecting to ", location]);
        }
        if let Some(wait) = self.retry_after {
            text.push_str(&format!(", retry after {} s", wait.as_secs_f64().ceil()));
        }
        text
    }
}

impl Refusal {
    /// What a response with this code and status means. A number says no more than the status does.
    pub(crate) fn of(code: Option<&str>, status: StatusCode) -> Self {
        match (code.filter(|code| !is_number(code)), status.as_u16()) {
            (Some("invalid_client"), _) | (None, 401 | 403) => Self::Credentials,
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
            | (Some(_), 403) => Self::Final,
            (Some("temporarily_unavailable" | "server_error" | "slow_down"), _) => Self::None,
            // Whatever else is wrong, the server asks for other credentials (RFC 9110 section 15.5.2).
            (Some(_), 401) => Self::Credentials,
            _ => Self::None,
        }
    }
}

fn is_number(code: &str) -> bool {
    code.parse::<f64>().is_ok()
}

impl fmt::Display for OAuthProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message_with(|_| None))
    }
}

impl std::error::Error for OAuthProviderError {}
