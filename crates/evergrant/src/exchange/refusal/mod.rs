//! Reads what the token endpoint says when it gives no token (RFC 6749 section 5.2), in the places where servers say it.

mod names;
mod reason;
#[cfg(all(test, not(evergrant_loom)))]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Response};
use serde_json::Value;
use url::{Url, form_urlencoded};

use self::reason::{Reason, as_registered, outline};
use super::Settings;
use crate::client_auth::percent_encode;
use crate::error::{OAuthProviderError, SentRequest};
use crate::grant::Entitlement;
use crate::redact::{Body, Redactor};
use crate::runtime::Timestamp;
use crate::{Secret, origin, retry_after};

/// Longest server text taken into an error, in characters.
const TEXT: usize = 300;

/// Longest URL that is parsed, in characters.
const LONGEST_URL: usize = 1024;

/// How many members of a form are read.
const FORM_MEMBERS: usize = 50;

impl SentRequest {
    /// What its refusal may be due to.
    pub(super) fn new(settings: &Settings, entitlement: &Entitlement, secret: &Secret) -> Self {
        let changes = |text: &str| percent_encode(text) != text;
        let in_header = settings.auth.is_in_header();
        Self {
            auth: settings.auth,
            has_scope: entitlement.asks_for_scopes() && !settings.scopes.is_empty(),
            // A code and a refresh token have their scopes already.
            may_have_scope: entitlement.asks_for_scopes(),
            is_client_credentials: matches!(entitlement, Entitlement::ClientCredentials)
                && settings.options.grant_type.is_none(),
            is_json: settings.options.json_body,
            client_id_in_body: settings.options.client_id_in_body || !settings.auth.is_in_header(),
            encoding_matters: in_header && (changes(&settings.client_id) || changes(secret.expose())),
        }
    }
}

/// Whether a success without a token says why there is none: then it is a refusal.
pub(super) fn is_refusal(json: &Value) -> bool {
    let reason = Reason::of(json);
    reason.is_some() && !reason.has_token
}

pub(super) fn refusal(
    settings: &Settings,
    sent: SentRequest,
    redactor: &Redactor,
    response: &Response<Bytes>,
    json: Option<&Value>,
    now: Timestamp,
) -> OAuthProviderError {
    let body = response.body();
    let content_type = content_type(response.headers());
    // GitHub's and others' answer to those who do not ask for JSON.
    let form = content_type.starts_with("application/x-www-form-urlencoded");
    let form = form.then(|| {
        let pairs = form_urlencoded::parse(body).take(FORM_MEMBERS);
        Value::Object(pairs.map(|(name, value)| (name.into(), value.into())).collect())
    });
    let json = form.as_ref().or(json);
    let reason = json.map(Reason::of).unwrap_or_default();

    let some = |line: String| Some(line).filter(|line| !line.is_empty());
    let line = |text: &str| some(redactor.line(text, TEXT));
    // A success of any other kind may have a token in any place.
    let sentence = |text: &str| match response.status().is_success() {
        true => some(redactor.sentence(text, TEXT)),
        false => line(text),
    };
    // A registered code is no secret, even where one is a part of it.
    let known = reason.code.as_deref().and_then(as_registered);
    let code = known.map(str::to_owned);
    let (code, description) = (
        code.or_else(|| reason.code.as_deref().and_then(line)),
        reason.sentence.and_then(sentence),
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
        excerpt: text.and_then(|text| some(redactor.excerpt(text.as_bytes(), Body::Refusal))),
        location: response
            .status()
            .is_redirection()
            .then(|| location(settings, redactor, response.headers()))
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

/// Whatever its content type says.
fn looks_like_page(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    ["<!doctype html", "<html"].iter().any(|tag| {
        let start = start.get(..tag.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
    })
}

fn location(settings: &Settings, redactor: &Redactor, headers: &HeaderMap) -> Option<String> {
    let target = headers.get(LOCATION)?.to_str().ok()?;
    // Masked here, too, as a URL that is parsed loses its dots and backslashes, and with them a secret's shape.
    let target = redactor.line(target, LONGEST_URL);
    let url: Url = settings.endpoint.join(&target).ok()?;
    Some(redactor.line(&origin::shown(&url), TEXT))
}
