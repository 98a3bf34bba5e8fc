//! A user has to sign in, or tried to and it came to nothing.

use std::fmt;
use std::sync::Arc;

use super::{ClientContext, OAuthProviderError};

/// There is no token, and none can be had without a user: the authorization code grant has no refresh token, or the server no
/// longer takes it.
#[derive(Clone)]
pub struct SignInRequired {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) refusal: Option<Arc<OAuthProviderError>>,
}

impl SignInRequired {
    /// Which client, at which endpoint.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// How the server refused the refresh token; `None` when there was none to refuse.
    #[must_use]
    pub fn refusal(&self) -> Option<&OAuthProviderError> {
        self.refusal.as_deref()
    }
}

impl fmt::Display for SignInRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, refusal } = self;
        match refusal {
            Some(_) => write!(
                f,
                "the authorization server no longer takes the refresh token of {client}; have the user sign in again"
            ),
            None => write!(
                f,
                "no token for {client}, and no refresh token to have one with; have the user sign in"
            ),
        }
    }
}

impl std::error::Error for SignInRequired {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.refusal.as_deref().map(|refusal| refusal as _)
    }
}

/// A user came back from the authorization server without a code that can be used.
#[derive(Clone)]
pub struct SignInError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) problem: SignInProblem,
    /// Of a missing `state`, where it can be seen.
    pub(crate) cause: Option<String>,
}

/// What was wrong with a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInProblem {
    /// The server, or the user, said no (RFC 6749 section 4.1.2.1).
    #[non_exhaustive]
    Refused {
        /// Such as `access_denied`.
        code: String,
        /// What the server added, shortened.
        description: Option<String>,
    },
    /// The redirect has no `state`: it answers no request of this program, or the server drops the `state` (the message
    /// says so where the redirect has a code).
    StateMissing,
    /// The redirect's `state` is another request's. It may be forged, or come from an older attempt.
    StateMismatch,
    /// The request is another client's, or was to come back elsewhere.
    OtherClient,
    /// The redirect is not from the issuer that was configured (RFC 9207): another server may be impersonating it.
    OtherIssuer,
    /// The redirect has neither a code nor an error.
    CodeMissing,
    /// The redirect's code is longer than any server's, and was not sent.
    #[non_exhaustive]
    CodeTooLong {
        /// The longest code that is exchanged, in bytes.
        limit: usize,
    },
    /// The redirect has this parameter twice.
    Repeated(&'static str),
    /// The operating system gave no random numbers.
    NoRandomness(String),
}

impl SignInError {
    /// Which client, at which endpoint.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// What was wrong.
    #[must_use]
    pub fn problem(&self) -> &SignInProblem {
        &self.problem
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sign-in for {} failed: ", self.client)?;
        match &self.problem {
            SignInProblem::Refused { code, description } => {
                write!(f, "{code}")?;
                if let Some(description) = description {
                    write!(f, " ({description})")?;
                }
                f.write_str("; ")?;
                f.write_str(match code.as_str() {
                    "access_denied" => "the user or the server said no; begin again if that was a mistake",
                    "invalid_scope" => "ask only for scopes that this client may use",
                    "unauthorized_client" | "unsupported_response_type" => {
                        "have the authorization code grant enabled for this client"
                    }
                    "server_error" | "temporarily_unavailable" => {
                        "the authorization server is failing; begin again later"
                    }
                    _ => "see the authorization server's documentation of this error",
                })
            }
            SignInProblem::StateMissing if let Some(cause) = &self.cause => f.write_str(cause),
            SignInProblem::StateMissing => {
                f.write_str("the redirect has no `state`; take only redirects to the redirect URI")
            }
            SignInProblem::StateMismatch => {
                f.write_str("the redirect answers another request, be it an older one or a forged one; begin again")
            }
            SignInProblem::OtherClient => {
                f.write_str("the request was begun with other settings; finish it with those it was begun with")
            }
            SignInProblem::OtherIssuer => {
                f.write_str("the redirect does not come from the configured issuer; check issuer(..), and begin again")
            }
            SignInProblem::CodeMissing => {
                f.write_str("the redirect has neither a code nor an error; pass on its whole query")
            }
            SignInProblem::CodeTooLong { limit } => {
                write!(
                    f,
                    "the redirect's code has more than {limit} bytes, and was not sent; begin again"
                )
            }
            SignInProblem::Repeated(name) => write!(f, "the redirect has `{name}` more than once; begin again"),
            SignInProblem::NoRandomness(error) => write!(f, "the operating system gives no random numbers ({error})"),
        }
    }
}

impl std::error::Error for SignInError {}
