//! The error of an ID token that is not accepted.

use std::fmt;

use evergrant::error::DiscoveryError;

/// The error of an ID token that is not accepted. The message names the cause and the remedy, and contains no part of
/// the token.
#[derive(Clone)]
pub struct IdTokenError {
    pub(super) problem: IdTokenProblem,
}

/// The reason why an ID token is not accepted (OpenID Connect Core section 3.1.3.7).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum IdTokenProblem {
    /// The token response contains no ID token.
    Missing,
    /// The text is not a signed JSON Web Token, or a claim has another type than defined. Contains the problem.
    Malformed(&'static str),
    /// The signature algorithm is not supported, or the server does not list it. Contains its name, shortened.
    Algorithm(String),
    /// The server has no key that fits the token.
    UnknownKey,
    /// The signature was not made with the server's key.
    Signature,
    /// The issuer (`iss`) is not the configured one.
    Issuer,
    /// The token is for another client (`aud`, `azp`).
    Audience,
    /// The token has expired (`exp`).
    Expired,
    /// The token is not valid yet (`iat`, `nbf`).
    NotYetValid,
    /// The `nonce` is not the one of the authorization request.
    Nonce,
    /// The access token does not belong to the ID token (`at_hash`).
    AccessToken,
    /// The keys or the metadata of the issuer are missing or cannot be used.
    Keys(DiscoveryError),
}

impl IdTokenError {
    /// Returns the reason why the ID token is not accepted.
    #[must_use]
    pub fn problem(&self) -> &IdTokenProblem {
        &self.problem
    }

    /// Returns whether the same ID token may be accepted later without any change, because the server's keys could not
    /// be fetched.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(&self.problem, IdTokenProblem::Keys(error) if error.is_retryable())
    }
}

impl From<IdTokenProblem> for IdTokenError {
    fn from(problem: IdTokenProblem) -> Self {
        Self { problem }
    }
}

impl fmt::Display for IdTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ID token is not accepted: ")?;
        f.write_str(match &self.problem {
            IdTokenProblem::Missing => "the token response has none; request the scope `openid`",
            IdTokenProblem::Malformed(problem) => return write!(f, "{problem}; see the server's documentation"),
            IdTokenProblem::Algorithm(name) => {
                return write!(
                    f,
                    "its signature algorithm `{name}` is not supported, or the server does not list it; have the client registered with another `id_token_signed_response_alg`, such as ES256"
                );
            }
            IdTokenProblem::UnknownKey => "the server has published no key for it; check the issuer",
            IdTokenProblem::Signature => "its signature is wrong; somebody has changed it, or it is of another server",
            IdTokenProblem::Issuer => "it is from another issuer; check the issuer",
            IdTokenProblem::Audience => "it is for another client; check the client id",
            IdTokenProblem::Expired => "it has expired; check this machine's clock, or have the user sign in again",
            IdTokenProblem::NotYetValid => "it is not valid yet; check this machine's clock",
            IdTokenProblem::Nonce => {
                "its nonce is not that of the authorization request; it may be replayed; have the user sign in again"
            }
            IdTokenProblem::AccessToken => "it belongs to another access token; have the user sign in again",
            IdTokenProblem::Keys(error) => return error.fmt(f),
        })
    }
}

impl fmt::Debug for IdTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        evergrant::error::report(self, f)
    }
}

impl std::error::Error for IdTokenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            IdTokenProblem::Keys(error) => Some(error),
            _ => None,
        }
    }
}
