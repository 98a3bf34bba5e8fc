//! Invalid configurations, which `build` methods detect before anything is sent.

use std::fmt;

use super::RelaxationForbidden;
use crate::scope::Scopes;

/// An invalid configuration. `build` methods return it before anything is sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// Neither the token URL nor the issuer is set. Call `token_url` or `issuer`.
    MissingTokenUrl,
    /// The base URL is not set. Call `base_url`.
    MissingBaseUrl,
    /// A URL cannot be used.
    InvalidUrl {
        /// The name of the setting.
        setting: &'static str,
        /// Why the URL cannot be used.
        problem: String,
    },
    /// A URL is plain `http`, and its host is not this machine.
    NotEncrypted {
        /// The name of the setting.
        setting: &'static str,
        /// The origin of the URL.
        origin: String,
    },
    /// The client id is empty.
    EmptyClientId,
    /// A scope contains a character that RFC 6749 section 3.3 does not allow.
    InvalidScope {
        /// The invalid scope.
        scope: String,
    },
    /// An operation needs scopes that the shared token of all operations does not have, because they are not requested.
    /// See [`ScopedTokens::union`](crate::ScopedTokens::union).
    ScopesNotRequested {
        /// The scopes of the operation that are not requested.
        scopes: Scopes,
    },
    /// A parameter that the application added has its own setting. Use the setting instead.
    ReservedParameter {
        /// The parameter's name.
        name: String,
        /// The setting to use instead.
        instead: &'static str,
    },
    /// A parameter is set twice; a request may contain it only once (RFC 6749 sections 3.1 and 3.2).
    RepeatedParameter {
        /// The parameter's name.
        name: String,
    },
    /// An additional header for token requests is not allowed.
    InvalidHeader {
        /// The header's name.
        name: String,
        /// Why the header is not allowed.
        problem: &'static str,
    },
    /// A setting's value is out of range.
    OutOfRange {
        /// The name of the setting.
        setting: &'static str,
        /// A description of the accepted values.
        expected: &'static str,
    },
    /// The value of a setting cannot be used.
    InvalidSetting {
        /// The name of the setting.
        setting: &'static str,
        /// Why the value cannot be used.
        problem: String,
    },
    /// A setting applies only to another grant.
    WrongGrant {
        /// The name of the setting.
        setting: &'static str,
        /// The grant of the manager, to which the setting does not apply.
        grant: String,
    },
    /// A setting is missing that is required to sign users in.
    MissingForSignIn {
        /// The name of the setting.
        setting: &'static str,
    },
    /// A store cannot be combined with another setting.
    StoreNotApplicable {
        /// The setting that a store cannot be combined with.
        with: &'static str,
        /// The recommended alternative.
        instead: &'static str,
    },
    /// An initial token contains characters that are not allowed in a header.
    InvalidToken,
    /// An authentication scheme has an invalid name, location or credentials.
    InvalidScheme {
        /// The name of the authentication scheme.
        scheme: String,
        /// Why the authentication scheme is invalid.
        problem: String,
    },
    /// Two authentication schemes that are sent together write to the same location of the request, so that one would
    /// overwrite the other.
    HeaderConflict {
        /// The name of the scheme listed first.
        first: String,
        /// The name of the scheme listed second, which would overwrite the first.
        second: String,
        /// The location that both schemes write to, such as the header `authorization`.
        location: String,
    },
    /// A `danger_*` setting is used in a process that forbids all of them
    /// ([`Relaxation::forbid_all`](crate::Relaxation::forbid_all)).
    RelaxationForbidden(RelaxationForbidden),
    /// The HTTP client could not be created.
    HttpClient {
        /// The message of the HTTP client.
        problem: String,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTokenUrl => f.write_str(
                "no token URL is set; call token_url(\"https://...\"), or issuer(\"https://...\") to find it",
            ),
            Self::MissingBaseUrl => f.write_str("no base URL is set; call base_url(\"https://...\")"),
            Self::InvalidUrl { setting, problem } | Self::InvalidSetting { setting, problem } => {
                write!(f, "{setting} cannot be used: {problem}")
            }
            Self::NotEncrypted { setting, origin } => write!(
                f,
                "{setting} is not encrypted ({origin}), so credentials would be readable on the network; use https, or danger_allow_http_to(\"{origin}\") where plain http is safe"
            ),
            Self::EmptyClientId => f.write_str("the client id is empty"),
            Self::InvalidScope { scope } => write!(
                f,
                "the scope {scope:?} contains a character that is not allowed in scopes (RFC 6749 section 3.3)"
            ),
            Self::ScopesNotRequested { scopes } => write!(
                f,
                "an operation needs the scopes `{scopes}`, but the token is requested without them; add them to scopes(..)"
            ),
            Self::ReservedParameter { name, instead } => {
                write!(
                    f,
                    "the parameter `{name}` cannot be set as an extra parameter; use {instead}"
                )
            }
            Self::RepeatedParameter { name } => write!(
                f,
                "the parameter `{}` is set twice, but a request may contain it only once (RFC 6749 section 3.2); set it once, with all values in the format that the server expects",
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
                    "{setting} does not apply to the {grant} grant, which has no sign-in of a user; remove the setting, or use AuthorizationCode"
                )
            }
            Self::MissingForSignIn { setting } => write!(f, "sign-ins need {setting}; set it on the builder"),
            Self::StoreNotApplicable { with, instead } => {
                write!(f, "store(..) cannot be combined with {with}; {instead}")
            }
            Self::InvalidToken => {
                f.write_str("the initial token is empty or contains characters that are not allowed in headers")
            }
            Self::InvalidScheme { scheme, problem } => {
                write!(f, "the scheme `{}` cannot be used: {problem}", scheme.escape_debug())
            }
            Self::HeaderConflict {
                first,
                second,
                location,
            } => write!(
                f,
                "the schemes `{first}` and `{second}` both write to {location}; remove one, or call allow_header_conflict() so that the one listed last takes precedence"
            ),
            Self::RelaxationForbidden(forbidden) => forbidden.fmt(f),
            Self::HttpClient { problem } => {
                write!(f, "the HTTP client cannot be set up: {problem}")
            }
        }
    }
}

impl std::error::Error for BuildError {}
