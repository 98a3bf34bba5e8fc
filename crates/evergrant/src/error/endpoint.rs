//! The error of a request to another endpoint of the authorization server than the token endpoint.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{ClientContext, Hint, OAuthProviderError, TransportError};

/// The error of a request to another endpoint of the authorization server than the token endpoint, such as the
/// revocation endpoint: there is no such endpoint, it rejected the request, or it did not respond.
#[derive(Clone)]
pub struct EndpointError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) name: &'static str,
    pub(crate) problem: EndpointProblem,
}

/// The reason why a request to an endpoint failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EndpointProblem {
    /// The URL of the endpoint is not known, so no request was sent.
    #[non_exhaustive]
    Missing {
        /// The setting of the token manager's builder for the URL, such as `revocation_url`.
        setting: &'static str,
        /// Whether the metadata of the [issuer](crate::TokenManagerBuilder::issuer) was searched. If so, the server
        /// probably has no such endpoint.
        in_metadata: bool,
    },
    /// The endpoint rejected the request.
    Rejected(Arc<OAuthProviderError>),
    /// No complete response was received.
    Unreachable(TransportError),
    /// No response was received within this time limit, which includes retries.
    Timeout(Duration),
    /// The endpoint responded with a success status, but the response cannot be used. Contains the problem.
    InvalidResponse(String),
}

impl EndpointError {
    /// Returns the client and the URL of the endpoint. If the URL is not known, returns the token endpoint or the
    /// issuer.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the name of the endpoint in the metadata of an authorization server, such as `revocation_endpoint`.
    #[must_use]
    pub fn endpoint(&self) -> &'static str {
        self.name
    }

    /// Returns the reason for the failure.
    #[must_use]
    pub fn problem(&self) -> &EndpointProblem {
        &self.problem
    }

    /// Returns the error code of the endpoint's response, such as `invalid_client`. Returns `None` if the endpoint did
    /// not reject the request with a code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.rejection()?.code()
    }

    pub(super) fn is_retryable(&self) -> bool {
        match &self.problem {
            EndpointProblem::Rejected(rejection) => rejection.is_retryable(),
            EndpointProblem::Unreachable(error) => error.is_retryable(),
            EndpointProblem::Timeout(_) => true,
            EndpointProblem::Missing { .. } | EndpointProblem::InvalidResponse(_) => false,
        }
    }

    pub(super) fn rejection(&self) -> Option<&Arc<OAuthProviderError>> {
        match &self.problem {
            EndpointProblem::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// Returns the remedy for a rejection in the words of this endpoint, where those of the token endpoint mislead.
    fn words(&self, hint: Hint) -> Option<String> {
        let name = self.name;
        Some(match hint {
            Hint::CheckUrl | Hint::NotTokenEndpoint => format!("check the URL of the `{name}`"),
            Hint::UseFinalUrl => format!("the `{name}` redirects, which is not followed; use the final URL"),
            Hint::UnknownClient => "the endpoint exists but does not know the client: check the client id".to_owned(),
            Hint::RateLimited => "the server limits the rate of requests".to_owned(),
            Hint::EnableGrant => format!("have this client allowed to use the `{name}`"),
            Hint::NoScopeSent | Hint::CustomGrantType | Hint::SendJson | Hint::SendForm | Hint::CheckGrant => {
                Hint::SeeDocumentation.to_string()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, name, problem } = self;
        match problem {
            EndpointProblem::Missing {
                setting,
                in_metadata: false,
            } => write!(
                f,
                "the `{name}` for {client} is not known; set {setting}(..), or issuer(..) without token_url(..) if the server publishes metadata"
            ),
            EndpointProblem::Missing { setting, .. } => write!(
                f,
                "the metadata of the authorization server has no `{name}` for {client}; the server probably does not support this; if it does, set {setting}(..)"
            ),
            EndpointProblem::Rejected(rejection) => f.write_str(&rejection.message_with(|hint| self.words(hint))),
            EndpointProblem::Unreachable(error) => {
                write!(f, "no response to {client}: {error}")?;
                match error.cause() {
                    Some(cause) => write!(f, "; {}", cause.hint()),
                    None => write!(f, "; check the URL of the `{name}`, and that the server is reachable"),
                }
            }
            EndpointProblem::Timeout(limit) => write!(
                f,
                "no response to {client} from the `{name}` within {limit:?}; the call can be repeated"
            ),
            EndpointProblem::InvalidResponse(problem) => {
                write!(
                    f,
                    "the response to {client} cannot be used: {problem}; check the URL of the `{name}`"
                )
            }
        }
    }
}

impl std::error::Error for EndpointError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            EndpointProblem::Rejected(rejection) => Some(rejection),
            EndpointProblem::Unreachable(error) => Some(error),
            _ => None,
        }
    }
}
