//! A success status without a usable token.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::StatusCode;

use super::ClientContext;
use crate::token::{Problem, shown_time};
use crate::{Scopes, TokenJsonError};

/// The token endpoint answered with success, but not with a usable token. Nothing of it was kept.
#[derive(Clone)]
pub struct TokenResponseError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<String>,
    pub(crate) excerpt: Option<String>,
    pub(crate) problem: TokenResponseProblem,
}

/// What is wrong with a token response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenResponseProblem {
    /// The body is empty. Check the token URL.
    Empty,
    /// The body is no JSON object, a login page for example. Check the token URL.
    NotJson,
    /// The body is JSON that stops in the middle.
    Truncated,
    /// There is no access token that can be used, or its type is not one of bearer tokens. See
    /// [`TokenEndpointOptions`](crate::TokenEndpointOptions) for servers that differ.
    Unusable(TokenJsonError),
    /// The token has ended already, by this machine's clock. Check both clocks.
    Ended {
        /// The member that says when.
        member: String,
        /// When it ended.
        ended: SystemTime,
        /// When it was requested.
        now: SystemTime,
    },
    /// The bytes of the body cannot be read: they have a content encoding other than gzip and deflate, or a damaged
    /// one, or they are not UTF-8.
    Encoding(String),
    /// With `strict_scopes`: these scopes were asked for and not granted.
    ScopesNotGranted(Scopes),
}

impl TokenResponseError {
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

    /// The response's content type.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// A short view of the body, without anything that could be a token.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }

    /// What is wrong.
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
            TokenResponseProblem::Truncated => f.write_str("JSON that stops in the middle")?,
            TokenResponseProblem::Unusable(error) => error.fmt(f)?,
            TokenResponseProblem::Ended { member, ended, now } => write!(
                f,
                "a token that has ended already: `{member}` says {}, and it is {} here",
                shown_time(*ended),
                shown_time(*now)
            )?,
            TokenResponseProblem::Encoding(problem) => write!(f, "a body {problem}")?,
            TokenResponseProblem::ScopesNotGranted(scopes) => {
                write!(f, "without the scopes `{scopes}` that were asked for")?
            }
        }
        if let Some(excerpt) = self.excerpt.as_ref().filter(|excerpt| !excerpt.is_empty()) {
            write!(f, " ({excerpt})")?;
        }
        f.write_str(match &self.problem {
            TokenResponseProblem::Empty | TokenResponseProblem::NotJson => "; check the token URL",
            TokenResponseProblem::Truncated => "; the server or a proxy before it cut the response short",
            TokenResponseProblem::Unusable(error) => return remedy(error.problem(), f),
            TokenResponseProblem::Ended { .. } => "; check the clocks of this machine and of the server",
            TokenResponseProblem::Encoding(_) => "; check the server and the proxies before it, and the token URL",
            TokenResponseProblem::ScopesNotGranted(_) => "; ask for less, or do without strict_scopes",
        })
    }
}

fn remedy(problem: &Problem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match problem {
        Problem::Missing(Some(path)) => write!(
            f,
            "; if `{path}` is the token, say so with access_token_at(\"{path}\") (--access-token-at {path})"
        ),
        Problem::Missing(None) => f.write_str(
            "; check the token URL, or say where the token is with access_token_at(..) (--access-token-at PATH)",
        ),
        Problem::Type => f.write_str(
            "; if that is the server's name for bearer tokens, accept it with token_type(..) (--token-type NAME)",
        ),
        Problem::ProofType => f.write_str("; have the server issue bearer tokens to this client"),
        Problem::Other => f.write_str("; the server's response does not follow RFC 6749 section 5.1"),
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
