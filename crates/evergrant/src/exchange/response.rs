//! Reads what the token endpoint answered: a token, a refusal, or something that is neither.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response};
use serde_json::Value;

use super::refusal::refusal;
use super::{ScopePolicy, Settings};
use crate::Token;
use crate::error::{
    Error, TokenResponseError, TokenResponseProblem, TransportError, TransportErrorKind, UnreachableError,
};
use crate::grant::Entitlement;
use crate::manager::events;
use crate::redact::{Body, Redactor};
use crate::runtime::Timestamp;
use crate::token::Members;
use crate::transport::MAX_RESPONSE_BYTES;

pub(super) fn read(
    settings: &Settings,
    entitlement: &Entitlement,
    redactor: &Redactor,
    response: &Response<Bytes>,
    requested_at: Timestamp,
) -> Result<Token, Error> {
    let body = response.body();
    if body.len() > MAX_RESPONSE_BYTES {
        let error = TransportError::new(TransportErrorKind::TooLarge, format!("{} bytes", body.len()));
        return Err(Error::Unreachable(Arc::new(UnreachableError::new(
            Arc::clone(&settings.client),
            error,
        ))));
    }
    let json = serde_json::from_slice::<Value>(body);
    let object = json.as_ref().ok().and_then(Value::as_object);
    let has_error = object.is_some_and(|object| object.get("error").is_some_and(|error| !error.is_null()));
    if !response.status().is_success() || has_error {
        return Err(Error::OAuthProvider(Arc::new(refusal(
            settings,
            redactor,
            response,
            object,
            requested_at,
        ))));
    }

    let unusable = |problem| {
        // A body that is JSON has its secrets in plain sight, so only what is not JSON is shown.
        let shown = matches!(problem, TokenResponseProblem::NotJson) && json.is_err();
        let content_type = header(response.headers(), CONTENT_TYPE.as_str(), redactor);
        let html = |kind: &String| kind.to_ascii_lowercase().contains("html");
        let kind = if content_type.as_ref().is_some_and(html) {
            Body::Page
        } else {
            Body::Success
        };
        Error::TokenResponse(Arc::new(TokenResponseError {
            client: Arc::clone(&settings.client),
            status: response.status(),
            content_type,
            excerpt: shown.then(|| redactor.excerpt(body, kind)),
            problem,
        }))
    };
    let Some(object) = object else {
        return Err(unusable(match &json {
            Err(_) if body.iter().all(u8::is_ascii_whitespace) => TokenResponseProblem::Empty,
            Err(error) if error.is_eof() => TokenResponseProblem::Truncated,
            _ => TokenResponseProblem::NotJson,
        }));
    };
    let token = Members(object)
        .token(redactor)
        .map_err(|error| unusable(TokenResponseProblem::Unusable(error)))?
        .requested(requested_at);
    // A refreshed token has the scopes that were granted before, and its refresh token may be the only good one.
    if let (Some(granted), false) = (token.scopes(), matches!(entitlement, Entitlement::RefreshToken(_))) {
        let missing = settings.scopes.missing_from(granted);
        if !missing.is_empty() {
            if settings.scope_policy == ScopePolicy::Strict {
                return Err(unusable(TokenResponseProblem::ScopesNotGranted(missing)));
            }
            events::scope_narrowed(&settings.client, &missing);
        }
    }
    Ok(token)
}

fn header(headers: &HeaderMap, name: &str, redactor: &Redactor) -> Option<String> {
    headers
        .get(name)
        .map(|value| redactor.line(&String::from_utf8_lossy(value.as_bytes()), 80))
}
