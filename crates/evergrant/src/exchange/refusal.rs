//! Reads what the token endpoint says when it gives no token (RFC 6749 section 5.2), in the places where servers say it.

use std::sync::Arc;

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, Response};
use serde_json::Value;
use url::Url;

use super::Settings;
use crate::error::OAuthProviderError;
use crate::redact::{Body, Redactor};
use crate::runtime::Timestamp;
use crate::token::JsonObject;
use crate::{origin, retry_after};

/// Longest server text taken into an error, in characters.
const TEXT: usize = 300;

/// Longest URL that is parsed, in characters.
const LONGEST_URL: usize = 1024;

pub(super) fn refusal(
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
