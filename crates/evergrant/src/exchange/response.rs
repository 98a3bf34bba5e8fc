//! Reads what the token endpoint answered: a token, a refusal, or something that is neither.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response};
use serde_json::Value;

use super::encoding::{self, Undecodable};
use super::located::{Found, locate};
use super::refusal::{is_refusal, refusal};
use super::{ScopePolicy, Settings};
use crate::error::{
    Error, SentRequest, TokenResponseError, TokenResponseProblem, TransportError, TransportErrorKind, UnreachableError,
};
use crate::grant::Entitlement;
use crate::manager::events;
use crate::redact::{Body, Redactor};
use crate::runtime::Timestamp;
use crate::token::{Ignored, Members, Origin, Problem, Reading, TokenJsonError, Unreadable};
use crate::transport::MAX_RESPONSE_BYTES;
use crate::{Scopes, Token};

/// How far behind UTC the last zone is.
const WEST: Duration = Duration::from_secs(12 * 3600);

pub(super) fn read(
    settings: &Settings,
    entitlement: &Entitlement,
    sent: SentRequest,
    redactor: &Redactor,
    response: &Response<Bytes>,
    requested_at: Timestamp,
) -> Result<Token, Error> {
    let body = response.body();
    let size = (body.len() > MAX_RESPONSE_BYTES).then(|| format!("{} bytes", body.len()));
    let text = match size {
        Some(_) => Err(Undecodable::TooLarge),
        None => encoding::text(response.headers(), body, redactor),
    };
    if let Err(problem @ Undecodable::TooLarge) = &text {
        let message = size.unwrap_or_else(|| problem.to_string());
        let error = TransportError::new(TransportErrorKind::TooLarge, message);
        let client = Arc::clone(&settings.client);
        return Err(Error::Unreachable(Arc::new(UnreachableError::new(client, error))));
    }
    // What cannot be decoded is not JSON, and its description stands for it in a refusal.
    let (text, undecodable) = match text {
        Ok(text) => (text, None),
        Err(problem) => (problem.to_string().into(), Some(problem)),
    };
    let json = serde_json::from_str::<Value>(&text);
    let object = json.as_ref().ok().and_then(Value::as_object);
    let path = settings.options.access_token_at.as_deref();
    let has_error = object
        .and_then(|object| object.get("error"))
        .is_some_and(|error| !says_nothing(error));
    let says_why = |json: &Value| locate(json, path).is_none() && is_refusal(json);
    if !response.status().is_success() || has_error || json.as_ref().is_ok_and(says_why) {
        let mut decoded = response.clone();
        *decoded.body_mut() = Bytes::copy_from_slice(text.as_bytes());
        let refusal = refusal(settings, sent, redactor, &decoded, json.as_ref().ok(), requested_at);
        return Err(Error::OAuthProvider(Arc::new(refusal)));
    }

    let unusable = |problem| unusable(settings, redactor, response, &text, problem);
    let value = match (json, undecodable) {
        (_, Some(Undecodable::Encoded(problem))) => return Err(unusable(TokenResponseProblem::Encoding(problem))),
        (_, Some(_)) => return Err(unusable(TokenResponseProblem::Truncated)),
        (Ok(value), None) if value.is_object() || path.is_some() || has_object(&value) => value,
        (Err(_), None) if text.trim().is_empty() => return Err(unusable(TokenResponseProblem::Empty)),
        (Err(error), None) if error.is_eof() => return Err(unusable(TokenResponseProblem::Truncated)),
        (_, None) => return Err(unusable(TokenResponseProblem::NotJson)),
    };
    let Some((object, access_token)) = locate(&value, path) else {
        let found = Found::of(&value, redactor);
        let error = TokenJsonError::new(found.problem(path), Problem::Missing(found.likely()));
        return Err(unusable(TokenResponseProblem::Unusable(error)));
    };
    let origin = Origin::Response {
        access_token,
        token_types: &settings.options.token_types,
        asked: &settings.scopes,
    };
    let members = Members {
        object,
        origin,
        redactor,
    };
    let mut reading = members
        .read()
        .map_err(|error| unusable(TokenResponseProblem::Unusable(error)))?;
    check_end(&mut reading, requested_at.wall()).map_err(unusable)?;
    let token = reading.token.requested(requested_at);
    // A refreshed token has the scopes that were granted before, and its refresh token may be the only good one.
    if !matches!(entitlement, Entitlement::RefreshToken(_)) {
        let is_strict = settings.scope_policy == ScopePolicy::Strict;
        let is_unreadable = reading.ignored.iter().any(|member| member.problem == Unreadable::Scope);
        let missing = match token.scopes() {
            Some(granted) => settings.scopes.not_granted(granted),
            None if is_strict && is_unreadable => settings.scopes.clone(),
            None => Scopes::default(),
        };
        if !missing.is_empty() && is_strict {
            return Err(unusable(TokenResponseProblem::ScopesNotGranted(missing)));
        }
        if !missing.is_empty() {
            events::scope_narrowed(&settings.client, &missing);
        }
    }
    for ignored in &reading.ignored {
        events::member_ignored(Some(&settings.client), ignored);
    }
    Ok(token)
}

/// Refuses a token that has ended, whatever zone the server is in. Where only an end in UTC would have passed, the
/// token is used without an end.
fn check_end(reading: &mut Reading, now: SystemTime) -> Result<(), TokenResponseProblem> {
    let (Some(end), Some(ended)) = (&reading.end, reading.token.expires_at()) else {
        return Ok(());
    };
    let member = end.name.clone();
    if ended > now {
        return Ok(());
    }
    if end.in_some_zone && ended + WEST > now {
        reading.token.drop_end();
        let problem = Unreadable::Lifetime;
        reading.ignored.push(Ignored { member, problem });
        return Ok(());
    }
    Err(TokenResponseProblem::Ended { member, ended, now })
}

/// Whether an `error` says that there is none, as some servers do beside a good token.
fn says_nothing(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => {
            let words = [
                "", "0", "none", "null", "false", "no", "ok", "success", "no_error", "no error",
            ];
            let is = |word: &&str| text.trim().eq_ignore_ascii_case(word);
            words.iter().any(is)
        }
        Value::Array(values) => values.iter().all(says_nothing),
        Value::Object(members) => members.values().all(says_nothing),
    }
}

/// A list of objects may have the token in it.
fn has_object(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().any(Value::is_object))
}

fn unusable(
    settings: &Settings,
    redactor: &Redactor,
    response: &Response<Bytes>,
    text: &str,
    problem: TokenResponseProblem,
) -> Error {
    let content_type = header(response.headers(), CONTENT_TYPE.as_str(), redactor);
    let is_html = |kind: &String| kind.to_ascii_lowercase().contains("html");
    let kind = match content_type.as_ref().is_some_and(is_html) {
        true => Body::Page,
        false => Body::Success,
    };
    // A body that is JSON has its secrets in plain sight, so only what is not JSON is shown.
    let is_shown = problem == TokenResponseProblem::NotJson && serde_json::from_str::<Value>(text).is_err();
    Error::TokenResponse(Arc::new(TokenResponseError {
        client: Arc::clone(&settings.client),
        status: response.status(),
        content_type,
        excerpt: is_shown.then(|| redactor.excerpt(text.as_bytes(), kind)),
        problem,
    }))
}

fn header(headers: &HeaderMap, name: &str, redactor: &Redactor) -> Option<String> {
    headers
        .get(name)
        .map(|value| redactor.line(&String::from_utf8_lossy(value.as_bytes()), 80))
}
