//! What can be wrong with a configuration, found when it is built and before anything is sent.

use std::fmt;

use super::RelaxationForbidden;
use crate::scope::Scopes;

/// A configuration that cannot work.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// No token URL was given. Call `token_url`.
    MissingTokenUrl,
    /// No base URL was given. Call `base_url`.
    MissingBaseUrl,
    /// A URL cannot be used.
    InvalidUrl {
        /// Which setting it was.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A URL is plain `http`, and its host is not this machine.
    NotEncrypted {
        /// Which setting it was.
        setting: &'static str,
        /// Its origin.
        origin: String,
    },
    /// The client id is empty.
    EmptyClientId,
    /// A scope has a character that RFC 6749 section 3.3 does not allow.
    InvalidScope {
        /// The scope.
        scope: String,
    },
    /// An operation needs scopes that the one token for all operations is not asked for with.
    ScopesNotAskedFor {
        /// Those scopes.
        scopes: Scopes,
    },
    /// An extra parameter has a name that a setting of its own stands for.
    ReservedParameter {
        /// The parameter's name.
        name: String,
        /// What to use instead.
        instead: &'static str,
    },
    /// A parameter is given twice, and a request has it once (RFC 6749 sections 3.1 and 3.2).
    RepeatedParameter {
        /// The parameter's name.
        name: String,
    },
    /// A further header of token requests cannot be sent.
    InvalidHeader {
        /// The header's name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A setting's value is out of range.
    OutOfRange {
        /// Which setting it was.
        setting: &'static str,
        /// What it may be.
        expected: &'static str,
    },
    /// A setting's value cannot be used.
    InvalidSetting {
        /// Which setting it was.
        setting: &'static str,
        /// What is wrong with its value.
        problem: String,
    },
    /// A setting means something to another grant only.
    WrongGrant {
        /// Which setting it was.
        setting: &'static str,
        /// The grant for which it was made.
        grant: &'static str,
    },
    /// A setting is missing that a sign-in needs.
    MissingForSignIn {
        /// Which one.
        setting: &'static str,
    },
    /// A store cannot be used here.
    StoreNotApplicable {
        /// With what it does not go together.
        with: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// A preset token cannot go into a header.
    InvalidToken,
    /// A scheme has a name, a place or credentials that no request can carry.
    InvalidScheme {
        /// The scheme.
        scheme: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two schemes of one all-of write the same place, so that one would overwrite the other.
    HeaderConflict {
        /// The scheme listed first.
        first: String,
        /// The scheme that would overwrite it.
        second: String,
        /// What both write, such as the header `authorization`.
        place: String,
    },
    /// A `danger_*` setting is used in a process that forbids them all.
    RelaxationForbidden(RelaxationForbidden),
    /// The HTTP client cannot be set up.
    HttpClient {
        /// What the HTTP client says.
        problem: String,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTokenUrl => f.write_str("no token URL; call token_url(\"https://...\")"),
            Self::MissingBaseUrl => f.write_str("no base URL; call base_url(\"https://...\")"),
            Self::InvalidUrl { setting, problem } | Self::InvalidSetting { setting, problem } => {
                write!(f, "{setting} cannot be used: {problem}")
            }
            Self::NotEncrypted { setting, origin } => write!(
                f,
                "{setting} is not encrypted ({origin}), and credentials would be readable on the way; use https, or danger_allow_http_to(\"{origin}\") where that is safe"
            ),
            Self::EmptyClientId => f.write_str("the client id is empty"),
            Self::InvalidScope { scope } => write!(
                f,
                "the scope {scope:?} has a character that a scope cannot have (RFC 6749 section 3.3)"
            ),
            Self::ScopesNotAskedFor { scopes } => write!(
                f,
                "an operation needs the scopes `{scopes}`, and the token is not asked for with them; add them to scopes(..)"
            ),
            Self::ReservedParameter { name, instead } => {
                write!(
                    f,
                    "the parameter `{name}` is not set as an extra parameter; use {instead}"
                )
            }
            Self::RepeatedParameter { name } => write!(
                f,
                "the parameter `{}` is given twice, and a request has it once (RFC 6749 section 3.2); give it once, with all values in the form that the server takes",
                name.escape_debug()
            ),
            Self::InvalidHeader { name, problem } => write!(
                f,
                "the header `{}` cannot be sent to the token endpoint: {problem}",
                name.escape_debug()
            ),
            Self::OutOfRange { setting, expected } => write!(f, "{setting} must be {expected}"),
            Self::WrongGrant { setting, grant } => {
                write!(
                    f,
                    "{setting} is of no use to the {grant} grant, which has no user's sign-in; drop it, or use AuthorizationCode"
                )
            }
            Self::MissingForSignIn { setting } => write!(f, "a sign-in needs {setting}; set it on the builder"),
            Self::StoreNotApplicable { with, instead } => write!(f, "store(..) is of no use with {with}; {instead}"),
            Self::InvalidToken => f.write_str("the preset token is empty or has characters that no header can carry"),
            Self::InvalidScheme { scheme, problem } => {
                write!(f, "the scheme `{}` cannot be used: {problem}", scheme.escape_debug())
            }
            Self::HeaderConflict { first, second, place } => write!(
                f,
                "the schemes `{first}` and `{second}` both write {place}; drop one, or say allow_header_conflict() to let the last listed win"
            ),
            Self::RelaxationForbidden(forbidden) => forbidden.fmt(f),
            Self::HttpClient { problem } => {
                write!(f, "the HTTP client cannot be set up: {problem}")
            }
        }
    }
}

impl std::error::Error for BuildError {}
