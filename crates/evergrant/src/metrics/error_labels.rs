//! Label values of the metrics for errors.

use http::StatusCode;

use crate::error::{DiscoveryProblem, Error, LoginFailure, OAuthProviderError, StoreErrorKind};

pub(super) fn error_outcome(error: &Error) -> &'static str {
    match error {
        Error::OAuthProvider(error) => rejection_outcome(error),
        // A rejected refresh token.
        Error::SignInRequired(_) => "rejected",
        Error::Login(error) => match error.failure() {
            LoginFailure::Response(response) => status_outcome(response.status()),
            LoginFailure::NoResponse => "unreachable",
            LoginFailure::Other => "invalid_response",
        },
        Error::TokenResponse(_) => "invalid_response",
        Error::Unreachable(_) => "unreachable",
        Error::Issuer(error) => match error.discovery().problem() {
            DiscoveryProblem::Transport(_) => "unreachable",
            DiscoveryProblem::Timeout(_) => "timeout",
            DiscoveryProblem::ClientAuthNotListed { .. }
            | DiscoveryProblem::AlgorithmNotListed { .. }
            | DiscoveryProblem::GrantNotListed { .. } => "rejected",
            _ => "invalid_response",
        },
        Error::Timeout(_) => "timeout",
        Error::SharedFailure(_) => "shared_failure",
        _ => "other",
    }
}

fn rejection_outcome(error: &OAuthProviderError) -> &'static str {
    match error.code() {
        Some("slow_down") => "rate_limited",
        Some("server_error" | "temporarily_unavailable") => "server_error",
        _ => status_outcome(error.status()),
    }
}

fn status_outcome(status: StatusCode) -> &'static str {
    match status {
        StatusCode::TOO_MANY_REQUESTS => "rate_limited",
        status if status.is_server_error() => "server_error",
        _ => "rejected",
    }
}

pub(super) fn error_kind(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::Unavailable => "unavailable",
        StoreErrorKind::Timeout => "timeout",
        StoreErrorKind::Rejected => "rejected",
        StoreErrorKind::Contended => "contended",
        StoreErrorKind::Unusable => "unusable",
        StoreErrorKind::Other => "other",
    }
}
