//! The error of a token request that the authorization server rejected (RFC 6749 section 5.2), in any response format.

mod hints;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{ClientContext, Hint};

/// The error of a token request that the authorization server rejected: the token endpoint returned an error status
/// with any body, or a success status with an `error` member in the body.
///
/// All text from the server is shortened to one line, and the client's secrets in it are masked.
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

/// The properties of the rejected request that its hints depend on.
#[derive(Debug, Clone)]
pub(crate) struct SentRequest {
    /// The client authentication method, by name.
    pub(crate) method: Box<str>,
    /// Whether the credentials were in the `Authorization` header without percent-encoding.
    pub(crate) is_raw: bool,
    pub(crate) has_scope: bool,
    pub(crate) may_have_scope: bool,
    /// Whether percent-encoding changes the client id or the secret.
    pub(crate) encoding_matters: bool,
    /// Whether the grant is the client credentials grant under its registered name.
    pub(crate) is_client_credentials: bool,
    pub(crate) is_json: bool,
    pub(crate) has_assertion: bool,
    pub(crate) client_id_in_body: bool,
}

/// How a failure affects the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RejectionClass {
    /// Not a rejection, or one that may pass by itself.
    Transient,
    /// The same request fails again until somebody changes something.
    Permanent,
    /// Permanent, because the credentials are wrong.
    Credentials,
}

impl OAuthProviderError {
    /// Returns the client and the token endpoint that the error is about.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the HTTP status of the token endpoint's response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the error code of the token endpoint's response. If the JSON body contains a registered code anywhere,
    /// such as `invalid_client`, returns that code. Otherwise returns the value of `error`, or of a member such as
    /// `errorCode` or `code`, which may be a number.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the server's description of the error: the value of `error_description`, or of a member such as
    /// `message`, `detail` or `errorSummary`, at most two objects deep in the body.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the `error_uri` of the token endpoint's response, the URL of a web page about the error (RFC 6749
    /// section 5.2).
    #[must_use]
    pub fn error_uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }

    /// Returns an excerpt of the response body, if the body contains no [description](Self::error_description) of the
    /// error. The excerpt of a JSON body contains its strings, except those of members whose names suggest a secret.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }

    /// Returns how long the server asked the client to wait: `Retry-After` in seconds or as a date, or `X-Retry-After`.
    /// At most one hour.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns whether the same token request may succeed later without any change: after the statuses 408, 429 and
    /// 5xx, and the codes `temporarily_unavailable`, `server_error` and `slow_down`.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.code() {
            Some("temporarily_unavailable" | "server_error" | "slow_down") => true,
            _ if self.rejection_class() != RejectionClass::Transient => false,
            _ => matches!(self.status.as_u16(), 408 | 429 | 500..=599),
        }
    }

    pub(crate) fn rejection_class(&self) -> RejectionClass {
        RejectionClass::of(self.code(), self.status)
    }

    /// Returns the message of the error with other texts for its remedies, so that a program can name its own settings.
    /// `words` returns the text for each hint, or `None` for the default text.
    ///
    /// ```
    /// use evergrant::OAuthProviderError;
    /// use evergrant::error::Hint;
    ///
    /// fn message(error: &OAuthProviderError) -> String {
    ///     error.message_with(|hint| match hint {
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
        if self.rejection_class() == RejectionClass::Credentials {
            message.push_str("; it was sent as ");
            message.push_str(&self.sent.method);
        }
        message
    }

    /// The failure without the remedy.
    pub(crate) fn summary(&self) -> String {
        let mut text = format!(
            "the authorization server rejected {}: {}",
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

impl RejectionClass {
    /// Returns the class of a response with this code and status. A numeric code adds nothing to the status.
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
                    | "invalid_authorization_details"
                    | "access_denied",
                ),
                _,
            )
            | (Some(_), 403) => Self::Permanent,
            (Some("temporarily_unavailable" | "server_error" | "slow_down"), _) => Self::Transient,
            // The server requires other credentials, whatever the code is (RFC 9110 section 15.5.2).
            (Some(_), 401) => Self::Credentials,
            _ => Self::Transient,
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
