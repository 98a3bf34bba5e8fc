//! Errors as the few values that a label may have.

use http::StatusCode;

use crate::error::{Error, LoginFailure, OAuthProviderError};
use crate::store::StoreErrorKind;

pub(super) fn error_outcome(error: &Error) -> &'static str {
    match error {
        Error::OAuthProvider(error) => refusal(error),
        // A refresh token that the server no longer takes.
        Error::SignInRequired(_) => "refused",
        Error::Login(error) => match error.failure() {
            LoginFailure::Answered(answer) => answered(answer.status()),
            LoginFailure::Unanswered => "unreachable",
            LoginFailure::Other => "invalid_response",
        },
        Error::TokenResponse(_) => "invalid_response",
        Error::Unreachable(_) => "unreachable",
        Error::Timeout(_) => "timeout",
        Error::Fleet(_) => "remembered",
        _ => "other",
    }
}

fn refusal(error: &OAuthProviderError) -> &'static str {
    match error.code() {
        Some("slow_down") => "rate_limited",
        Some("server_error" | "temporarily_unavailable") => "server_error",
        _ => answered(error.status()),
    }
}

fn answered(status: StatusCode) -> &'static str {
    match status {
        StatusCode::TOO_MANY_REQUESTS => "rate_limited",
        status if status.is_server_error() => "server_error",
        _ => "refused",
    }
}

pub(super) fn error_kind(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::Unavailable => "unavailable",
        StoreErrorKind::Timeout => "timeout",
        StoreErrorKind::Refused => "refused",
        StoreErrorKind::Contended => "contended",
        StoreErrorKind::Unusable => "unusable",
        StoreErrorKind::Other => "other",
    }
}
