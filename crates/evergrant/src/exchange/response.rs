//! Reads what the token endpoint answered: a token, a refusal, or something that is neither.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Response};
use serde_json::Value;
use url::Url;

use super::{ScopePolicy, Settings};
use crate::error::{
    Error, OAuthProviderError, TokenResponseError, TokenResponseProblem, TransportError, TransportErrorKind,
    UnreachableError,
};
use crate::grant::Entitlement;
use crate::manager::events;
use crate::redact::{Body, Redactor};
use crate::runtime::Timestamp;
use crate::token::{JsonObject, Members};
use crate::transport::MAX_RESPONSE_BYTES;
use crate::{Token, origin, retry_after};

/// Longest server text taken into an error, in characters.
const TEXT: usize = 300;

/// Longest URL that is parsed, in characters.
const LONGEST_URL: usize = 1024;

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

fn refusal(
    settings: &Settings,
    redactor: &Redactor,
    response: &Response<Bytes>,
    object: Option<&JsonObject>,
    now: Timestamp,
) -> OAuthProviderError {
    let line = |text: &str| Some(redactor.line(text, TEXT)).filter(|line| !line.is_empty());
    // Some servers nest: {"error": {"code": 401, "message": "..."}}.
    let nested = object.and_then(|object| object.get("error")).and_then(Value::as_object);
    let member = |names: &[&str]| {
        names.iter().find_map(|name| {
            let value = object.and_then(|object| object.get(*name));
            let value = value.filter(|value| !value.is_object());
            match value.or_else(|| nested.and_then(|nested| nested.get(*name)))? {
                Value::String(text) => line(text),
                Value::Number(number) => line(&number.to_string()),
                _ => None,
            }
        })
    };
    let body = response.body();
    let empty = body.iter().all(u8::is_ascii_whitespace);
    OAuthProviderError {
        client: Arc::clone(&settings.client),
        auth: settings.auth,
        status: response.status(),
        code: member(&["error", "code"]),
        description: member(&["error_description", "message", "detail", "error_message"]),
        uri: member(&["error_uri"]),
        excerpt: (object.is_none() && !empty)
            .then(|| redactor.excerpt(body, Body::Refusal))
            .filter(|excerpt| !excerpt.is_empty()),
        location: response
            .status()
            .is_redirection()
            .then(|| location(settings, redactor, response.headers()))
            .flatten(),
        retry_after: retry_after::parse(response.headers(), Some(now.wall())),
        empty,
    }
}

fn location(settings: &Settings, redactor: &Redactor, headers: &HeaderMap) -> Option<String> {
    let target = headers.get(LOCATION)?.to_str().ok()?;
    // Masked here, too, as a URL that is parsed loses its dots and backslashes, and with them a secret's shape.
    let target = redactor.line(target, LONGEST_URL);
    let url: Url = settings.endpoint.join(&target).ok()?;
    Some(redactor.line(&origin::shown(&url), TEXT))
}

fn header(headers: &HeaderMap, name: &str, redactor: &Redactor) -> Option<String> {
    headers
        .get(name)
        .map(|value| redactor.line(&String::from_utf8_lossy(value.as_bytes()), 80))
}
