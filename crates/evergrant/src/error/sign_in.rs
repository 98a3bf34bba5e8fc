//! The errors of sign-ins: a user has to sign in, or a sign-in failed.

use std::fmt;
use std::sync::Arc;

use super::{ClientContext, OAuthProviderError};

/// The error of a call that needs a user's token, which is not available until the user signs in: there is no refresh
/// token, or the authorization server rejected it.
#[derive(Clone)]
pub struct SignInRequired {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) rejection: Option<Arc<OAuthProviderError>>,
}

impl SignInRequired {
    /// Returns the client and the token endpoint that the error is about.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the server's rejection of the refresh token. Returns `None` if there was no refresh token.
    #[must_use]
    pub fn rejection(&self) -> Option<&OAuthProviderError> {
        self.rejection.as_deref()
    }
}

impl fmt::Display for SignInRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, rejection } = self;
        match rejection {
            Some(_) => write!(
                f,
                "the authorization server rejected the refresh token of {client}; have the user sign in again"
            ),
            None => write!(f, "no token and no refresh token for {client}; have the user sign in"),
        }
    }
}

impl std::error::Error for SignInRequired {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.rejection.as_deref().map(|rejection| rejection as _)
    }
}

/// The error of a failed sign-in: the redirect from the authorization server contains no usable authorization code, or
/// the user did not approve a sign-in on another device.
#[derive(Clone)]
pub struct SignInError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) problem: SignInProblem,
    /// The likely cause of a missing `state`, if it is known.
    pub(crate) cause: Option<String>,
}

/// The reason for a failed sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInProblem {
    /// The authorization server, or the user, rejected the authorization request (RFC 6749 section 4.1.2.1).
    #[non_exhaustive]
    Rejected {
        /// The error code, such as `access_denied`.
        code: String,
        /// The server's description of the error, shortened.
        description: Option<String>,
    },
    /// The redirect has no `state`. Either it does not belong to an authorization request of this program, or the
    /// server omits the `state`. The message mentions the second reason if the redirect contains an authorization code.
    StateMissing,
    /// The redirect's `state` does not belong to this authorization request. The redirect may be forged, or may belong
    /// to an earlier sign-in.
    StateMismatch,
    /// The authorization request was created for another client id, or with another redirect URI.
    ClientMismatch,
    /// The redirect does not come from the configured issuer (RFC 9207). Another server may be impersonating the
    /// issuer.
    IssuerMismatch,
    /// The redirect contains neither an authorization code nor an error.
    CodeMissing,
    /// The redirect's authorization code is too long, and was not sent to the token endpoint.
    #[non_exhaustive]
    CodeTooLong {
        /// The maximum length of an authorization code, in bytes.
        limit: usize,
    },
    /// The redirect contains the parameter of this name more than once.
    DuplicateParameter(&'static str),
    /// The codes of a sign-in on another device have expired before the user entered the code (RFC 8628 section 3.5).
    DeviceCodeExpired,
    /// The server accepts only pushed authorization requests (RFC 9126 section 5). Use
    /// [`SignIn::begin_pushed`](crate::SignIn::begin_pushed).
    PushRequired,
    /// The token manager was built without a redirect URI or an authorization endpoint, so users can only sign in on
    /// another device.
    RedirectNotConfigured,
    /// The authorization endpoint is not known yet, because the metadata of the issuer has not been fetched. Call
    /// [`TokenManager::server_metadata`](crate::TokenManager::server_metadata) once before the first sign-in.
    MetadataNotFetched,
    /// The operating system returned no random bytes. Contains the problem.
    RandomnessUnavailable(String),
}

impl SignInError {
    /// Returns the client and the token endpoint that the error is about.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the reason for the failed sign-in.
    #[must_use]
    pub fn problem(&self) -> &SignInProblem {
        &self.problem
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sign-in for {} failed: ", self.client)?;
        match &self.problem {
            SignInProblem::Rejected { code, description } => {
                write!(f, "{code}")?;
                if let Some(description) = description {
                    write!(f, " ({description})")?;
                }
                f.write_str("; ")?;
                f.write_str(match code.as_str() {
                    "access_denied" => "the user or the server denied access; start the sign-in again if that was a mistake",
                    "invalid_scope" => "request only scopes that this client is allowed to use",
                    "unauthorized_client" | "unsupported_response_type" => {
                        "have the authorization code grant enabled for this client"
                    }
                    "server_error" | "temporarily_unavailable" => {
                        "the authorization server is failing; start the sign-in again later"
                    }
                    _ => "see the authorization server's documentation for this error",
                })
            }
            SignInProblem::StateMissing if let Some(cause) = &self.cause => f.write_str(cause),
            SignInProblem::StateMissing => {
                f.write_str("the redirect has no `state`; pass on only redirects to the redirect URI")
            }
            SignInProblem::StateMismatch => {
                f.write_str("the redirect belongs to another request: an older one, or a forged one; start the sign-in again")
            }
            SignInProblem::ClientMismatch => {
                f.write_str("the request was created with other settings; complete the sign-in with the settings it was started with")
            }
            SignInProblem::IssuerMismatch => {
                f.write_str("the redirect does not come from the configured issuer; check issuer(..), and start the sign-in again")
            }
            SignInProblem::CodeMissing => {
                f.write_str("the redirect has neither a code nor an error; pass on its whole query")
            }
            SignInProblem::CodeTooLong { limit } => {
                write!(
                    f,
                    "the redirect's code is longer than {limit} bytes and was not sent; start the sign-in again"
                )
            }
            SignInProblem::DuplicateParameter(name) => write!(f, "the redirect has `{name}` more than once; start the sign-in again"),
            SignInProblem::DeviceCodeExpired => {
                f.write_str("the user did not enter the code before it expired; start the sign-in again")
            }
            SignInProblem::PushRequired => {
                f.write_str("the server accepts only pushed authorization requests; use SignIn::begin_pushed()")
            }
            SignInProblem::RedirectNotConfigured => {
                f.write_str("no redirect is configured; use SignIn::begin_device(), or AuthorizationCode with authorization_url(..) and redirect_uri(..)")
            }
            SignInProblem::MetadataNotFetched => {
                f.write_str("the metadata of the issuer is not fetched yet; call TokenManager::server_metadata() before SignIn::begin()")
            }
            SignInProblem::RandomnessUnavailable(error) => write!(f, "the operating system returned no random bytes ({error})"),
        }
    }
}

impl std::error::Error for SignInError {}
