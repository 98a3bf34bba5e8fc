//! Reads the error of a token response (RFC 6749 section 5.2), in the various formats that servers use.

mod error_code;
mod member_names;
#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Response};
use serde_json::Value;
use url::{Url, form_urlencoded};

use self::error_code::{Reason, as_registered, outline};
use super::Settings;
use crate::client_auth::ClientCredential;
use crate::error::{OAuthProviderError, SentRequest};
use crate::grant::GrantRequest;
use crate::redact::{Body, Redactor, shown_url};
use crate::retry_after;
use crate::runtime::Timestamp;

/// Maximum length of a server's text in an error, in characters.
const MAX_TEXT: usize = 300;

/// Maximum length of a URL to parse, in characters.
const MAX_URL: usize = 1024;

/// Maximum number of form members to read.
const MAX_FORM_MEMBERS: usize = 50;

impl SentRequest {
    /// Collects the properties of a request that may explain its rejection.
    pub(super) fn new(settings: &Settings, grant: &GrantRequest, credential: &ClientCredential) -> Self {
        Self {
            method: settings.auth.name().into(),
            is_raw: credential.basic.is_some_and(|basic| basic.is_raw),
            has_scope: grant.has_scopes() && !settings.scopes.is_empty(),
            // A code and a refresh token have their scopes already.
            may_have_scope: grant.has_scopes(),
            is_client_credentials: grant.grant_type() == "client_credentials",
            is_json: settings.options.json_body,
            has_assertion: credential.has_param("client_assertion"),
            client_id_in_body: settings.options.client_id_in_body || credential.has_param("client_id"),
            encoding_matters: credential.basic.is_some_and(|basic| basic.matters),
        }
    }
}

/// Returns whether a successful response without a token states a reason, and is therefore a rejection.
pub(super) fn is_rejection(json: &Value) -> bool {
    let reason = Reason::of(json);
    reason.is_some() && !reason.has_token
}

pub(super) fn rejection(
    settings: &Settings,
    endpoint: &Url,
    sent: SentRequest,
    redactor: &Redactor,
    response: &Response<Bytes>,
    json: Option<&Value>,
    now: Timestamp,
) -> OAuthProviderError {
    let body = response.body();
    let content_type = content_type(response.headers());
    // GitHub and others may respond with a form.
    let form = content_type.starts_with("application/x-www-form-urlencoded");
    let form = form.then(|| {
        let pairs = form_urlencoded::parse(body).take(MAX_FORM_MEMBERS);
        Value::Object(pairs.map(|(name, value)| (name.into(), value.into())).collect())
    });
    let json = form.as_ref().or(json);
    let reason = json.map(Reason::of).unwrap_or_default();

    let some = |line: String| Some(line).filter(|line| !line.is_empty());
    let line = |text: &str| some(redactor.line(text, MAX_TEXT));
    // A successful response may contain a token anywhere.
    let description = |text: &str| match response.status().is_success() {
        true => some(redactor.sentence(text, MAX_TEXT)),
        false => line(text),
    };
    // A registered code is not a secret, even if it contains one.
    let known = reason.code.as_deref().and_then(as_registered);
    let code = known.map(str::to_owned);
    let (code, description) = (
        code.or_else(|| reason.code.as_deref().and_then(line)),
        reason.description.and_then(description),
    );
    let empty = body.iter().all(u8::is_ascii_whitespace);
    let text = match json {
        _ if code.is_some() || description.is_some() || empty => None,
        Some(json @ (Value::Object(_) | Value::Array(_))) => Some(Cow::Owned(outline(json))),
        _ => Some(String::from_utf8_lossy(body)),
    };
    OAuthProviderError {
        client: Arc::clone(&settings.client),
        sent,
        status: response.status(),
        code,
        description,
        uri: reason.uri.and_then(line),
        excerpt: text.and_then(|text| some(redactor.excerpt(text.as_bytes(), Body::Rejection))),
        location: response
            .status()
            .is_redirection()
            .then(|| location(endpoint, redactor, response.headers()))
            .flatten(),
        retry_after: retry_after::parse(response.headers(), Some(now.wall())),
        empty,
        is_page: json.is_none() && (content_type.contains("html") || looks_like_page(body)),
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().trim().to_ascii_lowercase()
}

/// Detects HTML regardless of the content type.
fn looks_like_page(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    ["<!doctype html", "<html"].iter().any(|tag| {
        let start = start.get(..tag.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
    })
}

fn location(endpoint: &Url, redactor: &Redactor, headers: &HeaderMap) -> Option<String> {
    let target = headers.get(LOCATION)?.to_str().ok()?;
    // Masked before parsing too: parsing normalizes dots and backslashes, so a secret would no longer match.
    let target = redactor.line(target, MAX_URL);
    let url: Url = endpoint.join(&target).ok()?;
    Some(redactor.line(&shown_url(&url), MAX_TEXT))
}
