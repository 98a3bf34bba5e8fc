//! The errors of discovery: the metadata of an authorization server or of an API is missing or unusable.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{ClientContext, OriginError, TransportError};

/// The error of a request for metadata of an authorization server (RFC 8414, OpenID Connect Discovery) or of an API
/// (RFC 9728): the metadata is missing or unusable.
#[derive(Clone)]
pub struct DiscoveryError {
    /// The issuer, or the URL of the API.
    pub(crate) subject: String,
    pub(crate) problem: DiscoveryProblem,
}

/// The reason why metadata is missing or unusable.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DiscoveryProblem {
    /// The issuer identifier, or the URL of the API, is not a usable URL. Contains the problem.
    InvalidUrl(String),
    /// No complete response to a request for the metadata was received.
    Transport(TransportError),
    /// No metadata was received within this time limit.
    Timeout(Duration),
    /// None of the possible URLs of the metadata has usable metadata.
    #[non_exhaustive]
    NotFound {
        /// Each URL that was tried, with the reason why it was not used.
        tried: Vec<(String, String)>,
        /// Whether the server responded to one of the URLs with a status that may be temporary, such as 503.
        is_retryable: bool,
    },
    /// The metadata contains another issuer than the configured one (RFC 8414 section 3.3).
    #[non_exhaustive]
    IssuerMismatch {
        /// The issuer that the metadata contains.
        found: String,
    },
    /// The metadata has no endpoint of this kind, or the URL of the endpoint cannot be used.
    #[non_exhaustive]
    Endpoint {
        /// The name of the endpoint's member in the metadata, such as `token_endpoint`.
        name: &'static str,
        /// Why the endpoint cannot be used.
        problem: String,
    },
    /// The client authentication method of the token manager is not in the server's list of supported methods.
    #[non_exhaustive]
    ClientAuthNotListed {
        /// The client authentication method of the token manager.
        method: String,
        /// The client authentication methods that the server lists.
        listed: Vec<String>,
    },
    /// The signature algorithm of the client's assertions is not in the server's list of supported algorithms.
    #[non_exhaustive]
    AlgorithmNotListed {
        /// The algorithm of the token manager's client authentication.
        algorithm: String,
        /// The algorithms that the server lists.
        listed: Vec<String>,
    },
    /// The grant type of the token request is not in the server's list of supported grant types.
    #[non_exhaustive]
    GrantNotListed {
        /// The grant type of the token request.
        grant_type: String,
        /// The grant types that the server lists.
        listed: Vec<String>,
    },
    /// The metadata belongs to another API, so it must not be used (RFC 9728 section 3.3).
    #[non_exhaustive]
    ResourceMismatch {
        /// The `resource` that the metadata contains.
        found: String,
    },
    /// The URL in `resource_metadata` of the API's `WWW-Authenticate` header has an origin that the application did not
    /// allow, or it uses no TLS. Nothing was sent to it.
    Origin(OriginError),
}

/// Maximum number of values of a list in a message.
const MAX_LISTED: usize = 20;

/// The remedy for a request that the metadata does not list.
const UNLISTED: &str = ", or set TokenEndpointOptions::allow_unlisted() if the server supports more than it lists";

impl DiscoveryError {
    /// Creates the error of a request for metadata. `subject` is the issuer identifier of the authorization server, or
    /// the URL of the API.
    pub fn new(subject: impl Into<String>, problem: DiscoveryProblem) -> Self {
        let subject = subject.into();
        Self { subject, problem }
    }

    /// Returns whose metadata was requested: the issuer identifier of an authorization server, or the URL of an API.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns the reason why the metadata is missing or unusable.
    #[must_use]
    pub fn problem(&self) -> &DiscoveryProblem {
        &self.problem
    }

    /// Returns whether the same request for metadata may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.problem {
            DiscoveryProblem::Transport(error) => error.is_retryable(),
            DiscoveryProblem::Timeout(_) => true,
            DiscoveryProblem::NotFound { is_retryable, .. } => *is_retryable,
            _ => false,
        }
    }
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject.escape_debug();
        match &self.problem {
            DiscoveryProblem::InvalidUrl(problem) => write!(f, "`{subject}` cannot be used: {problem}"),
            DiscoveryProblem::Transport(error) => {
                write!(f, "no metadata of `{subject}`: {error}")?;
                match error.cause() {
                    Some(cause) => write!(f, "; {}", cause.hint()),
                    None => f.write_str("; check the URL, and that the server is reachable from this machine"),
                }
            }
            DiscoveryProblem::Timeout(limit) => {
                write!(
                    f,
                    "no metadata of `{subject}` within {limit:?}; the server is slow, or the limit is too low"
                )
            }
            DiscoveryProblem::NotFound { tried, .. } => {
                write!(f, "no metadata of `{subject}` at ")?;
                for (at, (url, problem)) in tried.iter().enumerate() {
                    write!(f, "{}{url} ({problem})", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("; check the URL, or set the URLs of the endpoints instead")
            }
            DiscoveryProblem::IssuerMismatch { found } if found.contains('{') => write!(
                f,
                "the metadata of `{subject}` is a template for many issuers, `{found}`; set the issuer of one tenant, or the URLs of the endpoints instead"
            ),
            DiscoveryProblem::IssuerMismatch { found } => write!(
                f,
                "the metadata of `{subject}` belongs to the issuer `{found}` (RFC 8414 section 3.3); set exactly that issuer if it is the intended one"
            ),
            DiscoveryProblem::Endpoint { name, problem } => write!(
                f,
                "the metadata of `{subject}` has no usable `{name}`: {problem}; have the metadata corrected, or set the URL instead"
            ),
            DiscoveryProblem::ClientAuthNotListed { method, listed } => {
                write!(
                    f,
                    "`{subject}` does not list the client authentication `{method}`, but "
                )?;
                write_list(f, listed)?;
                write!(f, "; use one of these{UNLISTED}")
            }
            DiscoveryProblem::AlgorithmNotListed { algorithm, listed } => {
                write!(
                    f,
                    "`{subject}` does not list the signature algorithm `{algorithm}`, but "
                )?;
                write_list(f, listed)?;
                write!(f, "; use a key for one of these{UNLISTED}")
            }
            DiscoveryProblem::GrantNotListed { grant_type, listed } => {
                write!(f, "`{subject}` does not list the grant type `{grant_type}`, but ")?;
                write_list(f, listed)?;
                write!(f, "; use one of these{UNLISTED}")
            }
            DiscoveryProblem::ResourceMismatch { found } => write!(
                f,
                "the metadata of `{subject}` belongs to the resource `{found}` (RFC 9728 section 3.3); pass exactly that URL if it is the intended one"
            ),
            DiscoveryProblem::Origin(error) => write!(f, "the metadata of `{subject}` was not requested: {error}"),
        }
    }
}

impl std::error::Error for DiscoveryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            DiscoveryProblem::Transport(error) => Some(error),
            _ => None,
        }
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, listed: &[String]) -> fmt::Result {
    if listed.is_empty() {
        return f.write_str("none");
    }
    for (at, value) in listed.iter().take(MAX_LISTED).enumerate() {
        write!(f, "{}`{value}`", if at > 0 { ", " } else { "" })?;
    }
    f.write_str(if listed.len() > MAX_LISTED { " and more" } else { "" })
}

/// The error of a call without a token: the token was not requested, because the metadata of the
/// [issuer](crate::TokenManagerBuilder::issuer) is missing or unusable.
#[derive(Clone)]
pub struct IssuerError {
    pub(super) client: Arc<ClientContext>,
    error: DiscoveryError,
}

impl IssuerError {
    pub(crate) fn new(client: &Arc<ClientContext>, error: DiscoveryError) -> Self {
        let client = Arc::clone(client);
        Self { client, error }
    }

    /// Returns the client and the issuer.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the error of the request for the metadata.
    #[must_use]
    pub fn discovery(&self) -> &DiscoveryError {
        &self.error
    }
}

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no token for {}: {}", self.client, self.error)
    }
}

impl std::error::Error for IssuerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
