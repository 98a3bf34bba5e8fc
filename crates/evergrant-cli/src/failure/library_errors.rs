//! Converts the library's errors. The messages name flags and profile keys.

use evergrant::error::{
    CallbackKind, DiscoveryError, DiscoveryProblem, EndpointError, EndpointProblem, RelaxationForbidden,
    SharedFailureError, SharedFailureKind, TransportErrorKind, innermost,
};
use evergrant::{BuildError, Error};

use super::hints::{connection_failure, connection_hint, flag_hint, flag_name, parameter_flag, timed_out};
use super::{FORBID_DANGER, Failure, Kind};

impl Failure {
    /// An error of `evergrant token --renew`, which cannot be combined with --no-cache.
    pub(crate) fn from_renewal(error: Error) -> Self {
        match &error {
            Error::SharedFailure(shared) => Self::shared_failure("", shared, "--renew and --cache or --store"),
            _ => error.into(),
        }
    }

    /// Metadata that is missing or cannot be used.
    pub(crate) fn discovery(call: &str, error: &DiscoveryError) -> Self {
        let kind = match error.problem() {
            DiscoveryProblem::Transport(_) | DiscoveryProblem::Timeout(_) => Kind::Unreachable,
            DiscoveryProblem::InvalidUrl(_) | DiscoveryProblem::Origin(_) => Kind::Usage,
            _ => Kind::Authorization,
        };
        // The library's names of settings, as flags.
        let message = error
            .to_string()
            .replace("token_url(..)", "--token-url")
            .replace("TokenEndpointOptions::allow_unlisted()", "--allow-unlisted");
        Self::new(kind, format!("{call}{message}"))
    }

    /// A failure shared through the store, because of which no request was sent. Has the exit code of the original
    /// failure. Unless the server asked for the pause, the message suggests --no-cache instead of the flags
    /// `in_place_of`.
    fn shared_failure(call: &str, shared: &SharedFailureError, in_place_of: &str) -> Self {
        let kind = match shared.kind() {
            SharedFailureKind::Rejected | SharedFailureKind::UnusableResponse => Kind::Authorization,
            _ => Kind::Unreachable,
        };
        let whose = match shared.is_earlier() {
            true => "an earlier run",
            false => "another process that shares the token",
        };
        let message = shared.message_with(flag_hint);
        let left = shared.remaining().as_secs_f64().ceil();
        let remedy = match shared.retry_after() {
            Some(_) => ", as requested by the server".to_owned(),
            None => format!("; to send one now, pass --no-cache instead of {in_place_of}"),
        };
        Self::new(
            kind,
            format!(
                "{call}{whose} could not fetch a token: {message}; the next request is sent in {left} s at the earliest{remedy}"
            ),
        )
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // The program's own messages name the call, as the library's do.
        let call = error.call().map(|call| format!("{call}: ")).unwrap_or_default();
        match &error {
            Error::OAuthProvider(rejection) => {
                Self::new(Kind::Authorization, call + &rejection.message_with(flag_hint))
            }
            Error::TokenResponse(_) => Self::new(Kind::Authorization, error.to_string()),
            Error::Unreachable(unreachable) if unreachable.kind() == TransportErrorKind::TooLarge => {
                Self::new(Kind::Authorization, error.to_string())
            }
            Error::SignInRequired(_) => Self::new(
                Kind::Authorization,
                format!("{error}: run `evergrant login` with the same settings"),
            ),
            Error::SignInFailed(_) => Self::new(Kind::Authorization, error.to_string()),
            Error::Unreachable(unreachable) => connection_failure(&call, unreachable),
            Error::Timeout(timeout) => Self::new(Kind::Unreachable, call + &timed_out(timeout)),
            Error::Issuer(issuer) => Self::discovery(&call, issuer.discovery()),
            Error::Endpoint(failed) => Self::endpoint(call, failed),
            Error::SharedFailure(shared) => Self::shared_failure(&call, shared, "--cache or --store"),
            Error::LifetimeTooShort {
                client,
                requested,
                remaining,
                skew_seconds,
                ..
            } => Self::usage(format!(
                "the new token of {client} is usable for {1} s, but --valid-for needs {0} s (the last {skew_seconds} s are reserved for clock skew); lower --valid-for, or raise the lifetime of tokens at the server",
                requested.as_secs_f64().ceil(),
                remaining.as_secs()
            )),
            // The provider of a secret that was not entered.
            Error::Callback(callback) if callback.kind() == CallbackKind::CredentialProvider => {
                Self::usage(innermost(&**callback))
            }
            Error::Aborted(_) => Self::new(Kind::Unreachable, error.to_string()),
            _ => Self::usage(error.to_string()),
        }
    }
}

impl Failure {
    /// The failure of a request to another endpoint than the token endpoint.
    fn endpoint(call: String, failed: &EndpointError) -> Self {
        let kind = match failed.problem() {
            EndpointProblem::Missing {
                setting, in_metadata, ..
            } => {
                let (name, flag) = (failed.endpoint(), setting.replace('_', "-"));
                return Self::usage(match in_metadata {
                    true => format!(
                        "{call}the metadata of the issuer has no `{name}`, so the server probably does not support this; if it does, pass --{flag}"
                    ),
                    false => format!(
                        "{call}the `{name}` is not known; pass --{flag}, or --issuer in place of the other URLs if the server publishes metadata"
                    ),
                });
            }
            EndpointProblem::Unreachable(_) | EndpointProblem::Timeout(_) => Kind::Unreachable,
            _ => Kind::Authorization,
        };
        Self::new(kind, format!("{call}{failed}"))
    }
}

impl From<DiscoveryError> for Failure {
    fn from(error: DiscoveryError) -> Self {
        Self::discovery("", &error)
    }
}

impl From<evergrant_reqwest::Error> for Failure {
    fn from(error: evergrant_reqwest::Error) -> Self {
        use evergrant_reqwest::Error;

        match error {
            Error::Authorization(error) => error.into(),
            Error::Api(error) => Self::new(Kind::Rejected, error.to_string()),
            Error::Http { call, source } if source.is_timeout() => Self::new(
                Kind::Unreachable,
                format!("{call}: the API did not respond in time; check the URL, or raise --timeout"),
            ),
            Error::Http { call, source } => {
                let hint = match evergrant_reqwest::transport_cause(&source) {
                    Some(cause) => connection_hint(&cause),
                    None => "check the URL and the network".into(),
                };
                let message = format!("{call} failed: {}; {hint}", innermost(&source));
                Self::new(Kind::Unreachable, message)
            }
            Error::TooManyRedirects { .. } => {
                Self::new(Kind::Rejected, format!("{error}; call the final URL directly"))
            }
            _ => Self::usage(error.to_string()),
        }
    }
}

impl From<RelaxationForbidden> for Failure {
    fn from(forbidden: RelaxationForbidden) -> Self {
        Self::usage(format!(
            "{} is not allowed: {FORBID_DANGER} is set; remove one of them",
            forbidden.setting()
        ))
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Self::usage(match &error {
            BuildError::NotEncrypted { setting, origin } => format!(
                "{setting} is not encrypted ({origin}), and credentials could be read on the network; use https, or --danger-allow-http-to {origin} if that is safe"
            ),
            BuildError::ReservedParameter { name, .. } => {
                format!(
                    "the parameter `{name}` has its own setting; use {}",
                    parameter_flag(name)
                )
            }
            BuildError::RelaxationForbidden(forbidden) => return Self::from(*forbidden),
            BuildError::InvalidSetting { setting, problem } => {
                format!("{} is invalid: {problem}", flag_name(setting))
            }
            BuildError::OutOfRange { setting, expected } => format!("{} must be {expected}", flag_name(setting)),
            BuildError::InvalidUrl { setting, problem } => {
                format!("{setting} is invalid: {problem}; write it as https://host/path")
            }
            _ => error.to_string(),
        })
    }
}
