//! The error of a success response without a usable token.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::StatusCode;
use jiff::Timestamp;

use super::{ClientContext, TokenJsonError, TokenProblem};
use crate::scope::Scopes;

/// The error of a token endpoint that returned a success status without a usable token. The response is discarded.
#[derive(Clone)]
pub struct TokenResponseError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<String>,
    pub(crate) excerpt: Option<String>,
    pub(crate) problem: TokenResponseProblem,
}

/// The reason why a token response is not usable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenResponseProblem {
    /// The body is empty. Check the token URL.
    Empty,
    /// The body is not a JSON object but, for example, a login page. Check the token URL.
    NotJson,
    /// The body is JSON that ends early.
    Truncated,
    /// The access token is missing or unusable, or its type is not a bearer type. For servers that deviate from the
    /// standard, see [`TokenEndpointOptions`](crate::TokenEndpointOptions).
    Unusable(TokenJsonError),
    /// The token has already expired according to this machine's clock. Check the clocks of this machine and of the
    /// server.
    Expired {
        /// The name of the member of the response that contains the expiry.
        member: String,
        /// The time at which the token expires, according to the response.
        expiry: SystemTime,
        /// The time of the token request on this machine's clock.
        now: SystemTime,
    },
    /// The body cannot be decoded: its content encoding is neither gzip nor deflate, or the encoded data is damaged, or
    /// the text is not UTF-8.
    Encoding(String),
    /// The server issued a token of another type than the client requested (RFC 8693 section 2.2.1).
    IssuedType {
        /// The token type that the client requested.
        requested: String,
        /// The token type that the server issued.
        issued: String,
    },
    /// The server did not grant these scopes, which were requested with the setting
    /// [`strict_scopes`](crate::TokenManagerBuilder::strict_scopes).
    ScopesNotGranted(Scopes),
}

impl TokenResponseError {
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

    /// Returns the `Content-Type` of the token endpoint's response. Returns `None` if it has none.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Returns an excerpt of the response body, without any part that could be a token.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }

    /// Returns the reason why the token response is not usable.
    #[must_use]
    pub fn problem(&self) -> &TokenResponseProblem {
        &self.problem
    }
}

impl fmt::Display for TokenResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.content_type.as_deref().unwrap_or("no content type");
        write!(
            f,
            "no usable token for {}: {} with {kind}, ",
            self.client,
            self.status.as_u16()
        )?;
        match &self.problem {
            TokenResponseProblem::Empty => f.write_str("an empty body")?,
            TokenResponseProblem::NotJson => f.write_str("a body that is not a JSON object")?,
            TokenResponseProblem::Truncated => f.write_str("JSON that ends early")?,
            TokenResponseProblem::Unusable(error) => error.fmt(f)?,
            TokenResponseProblem::Expired { member, expiry, now } => write!(
                f,
                "a token that has already expired: `{member}` is {}, and the local time is {}",
                shown_time(*expiry),
                shown_time(*now)
            )?,
            TokenResponseProblem::Encoding(problem) => write!(f, "a body {problem}")?,
            TokenResponseProblem::IssuedType { requested, issued } => {
                write!(f, "a token of the type `{issued}`, but `{requested}` was requested")?;
            }
            TokenResponseProblem::ScopesNotGranted(scopes) => write!(f, "without the requested scopes `{scopes}`")?,
        }
        if let Some(excerpt) = self.excerpt.as_ref().filter(|excerpt| !excerpt.is_empty()) {
            write!(f, " ({excerpt})")?;
        }
        f.write_str(match &self.problem {
            TokenResponseProblem::Empty | TokenResponseProblem::NotJson => "; check the token URL",
            TokenResponseProblem::Truncated => "; the server or a proxy in front of it truncated the response",
            TokenResponseProblem::Unusable(error) => return remedy(error.problem(), f),
            TokenResponseProblem::Expired { .. } => "; check the clocks of this machine and of the server",
            TokenResponseProblem::Encoding(_) => "; check the token URL, the server and the proxies in front of it",
            TokenResponseProblem::IssuedType { .. } => "; request the type that the server issues, or no type",
            TokenResponseProblem::ScopesNotGranted(_) => "; request fewer scopes, or remove strict_scopes",
        })
    }
}

fn remedy(problem: &TokenProblem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match problem {
        TokenProblem::Missing(Some(path)) => write!(
            f,
            "; if `{path}` is the token, set access_token_at(\"{path}\") (--access-token-at {path})"
        ),
        TokenProblem::Missing(None) => f.write_str(
            "; check the token URL, or set the token's path with access_token_at(..) (--access-token-at PATH)",
        ),
        TokenProblem::Type => f.write_str(
            "; if the server uses this name for bearer tokens, accept it with token_type(..) (--token-type NAME)",
        ),
        TokenProblem::ProofType => f.write_str(
            "; set proof(..), such as the DPoP of evergrant-jose, or have the server issue bearer tokens to this client",
        ),
        TokenProblem::Unbound => f.write_str("; have the server bind tokens to the client's key, or remove proof(..)"),
        TokenProblem::OtherKey => {
            f.write_str("; check that no proxy replaces the client's certificate, and that the server has no cached token")
        }
        TokenProblem::Other => f.write_str("; the server's response does not follow RFC 6749 section 5.1"),
    }
}

impl std::error::Error for TokenResponseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            TokenResponseProblem::Unusable(error) => Some(error),
            _ => None,
        }
    }
}

/// Later times are shown as this one (400 years after 1970).
const MAX_SHOWN_TIME: Duration = Duration::from_secs(400 * 365 * 24 * 3600);

/// Formats a time for a message: RFC 3339, to the second.
fn shown_time(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .min(MAX_SHOWN_TIME)
        .as_secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(String::new, |time| time.to_string())
}
