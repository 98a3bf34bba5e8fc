//! Reads the response of the token endpoint: a token, a rejection, or an unusable response.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response};
use serde_json::Value;

use super::locate_access_token::{MemberOutline, locate};
use super::received_response::ReceivedResponse;
use super::rejection::{is_rejection, rejection};
use super::{ScopePolicy, Settings};
use crate::error::{
    Error, TokenJsonError, TokenProblem, TokenResponseError, TokenResponseProblem, TransportError, TransportErrorKind,
    UnreachableError,
};
use crate::events;
use crate::grant::{GrantRequest, TokenTypeIdentifier};
use crate::proof::Proof;
use crate::redact::{Body, Redactor};
use crate::response_decoding::{self, BodyError};
use crate::token::{IgnoredMember, JsonObject, MemberProblem, Members, ParsedToken, Source};
use crate::transport::MAX_RESPONSE_BYTES;
use crate::{Scopes, Token};

/// The member with the type of an exchanged token.
const ISSUED_TYPE: &str = "issued_token_type";

/// Maximum length of a token type in an error, in characters.
const MAX_TYPE_LEN: usize = 100;

/// Maximum offset of a time zone west of UTC.
const MAX_WEST_OFFSET: Duration = Duration::from_secs(12 * 3600);

pub(super) fn read(received: ReceivedResponse<'_>) -> Result<Token, Error> {
    let ReceivedResponse {
        settings,
        server,
        grant,
        sent,
        redactor,
        response,
        keys,
        requested_at,
    } = received;
    let body = response.body();
    let size = (body.len() > MAX_RESPONSE_BYTES).then(|| format!("{} bytes", body.len()));
    let text = match size {
        Some(_) => Err(BodyError::TooLarge),
        None => response_decoding::text(response.headers(), body, redactor),
    };
    if let Err(problem @ BodyError::TooLarge) = &text {
        let message = size.unwrap_or_else(|| problem.to_string());
        let error = TransportError::new(TransportErrorKind::TooLarge, message);
        let client = Arc::clone(&settings.client);
        return Err(Error::Unreachable(Arc::new(UnreachableError::new(client, error))));
    }
    // A body that cannot be decoded is not JSON; a rejection then contains a description of the body instead.
    let (text, body_error) = match text {
        Ok(text) => (text, None),
        Err(problem) => (problem.to_string().into(), Some(problem)),
    };
    let json = serde_json::from_str::<Value>(&text);
    let object = json.as_ref().ok().and_then(Value::as_object);
    let path = settings.options.access_token_at.as_deref();
    let has_error = object
        .and_then(|object| object.get("error"))
        .is_some_and(|error| !is_no_error(error));
    let has_reason = |json: &Value| locate(json, path).is_none() && is_rejection(json);
    if !response.status().is_success() || has_error || json.as_ref().is_ok_and(has_reason) {
        let mut decoded = response.clone();
        *decoded.body_mut() = Bytes::copy_from_slice(text.as_bytes());
        let endpoint = &server.url;
        let json = json.as_ref().ok();
        let rejection = rejection(settings, endpoint, sent, redactor, &decoded, json, requested_at);
        return Err(Error::OAuthProvider(Arc::new(rejection)));
    }

    let unusable = |problem| unusable(settings, redactor, response, &text, problem);
    let value = match (json, body_error) {
        (_, Some(BodyError::Encoded(problem))) => return Err(unusable(TokenResponseProblem::Encoding(problem))),
        (_, Some(_)) => return Err(unusable(TokenResponseProblem::Truncated)),
        (Ok(value), None) if value.is_object() || path.is_some() || has_object(&value) => value,
        (Err(_), None) if text.trim().is_empty() => return Err(unusable(TokenResponseProblem::Empty)),
        (Err(error), None) if error.is_eof() => return Err(unusable(TokenResponseProblem::Truncated)),
        (_, None) => return Err(unusable(TokenResponseProblem::NotJson)),
    };
    let Some((object, access_token)) = locate(&value, path) else {
        let outline = MemberOutline::of(&value, redactor);
        let error = TokenJsonError::new(outline.problem(path), TokenProblem::Missing(outline.likely()));
        return Err(unusable(TokenResponseProblem::Unusable(error)));
    };
    check_issued_type(grant, redactor, object).map_err(unusable)?;
    let source = Source::Response {
        access_token,
        token_types: &token_types(settings, grant),
        proof: settings.proof.as_deref().map(Proof::scheme),
        requested: &settings.scopes,
    };
    let members = Members {
        object,
        source,
        redactor,
    };
    let mut parsed = members
        .read()
        .map_err(|error| unusable(TokenResponseProblem::Unusable(error)))?;
    check_expiry(&mut parsed, requested_at.wall()).map_err(unusable)?;
    let token = keys
        .bind(parsed.token)
        .map_err(|error| unusable(TokenResponseProblem::Unusable(error)))?
        .with_requested_at(requested_at);
    // A refresh keeps the granted scopes, and its refresh token may be the only usable one.
    if !grant.is_refresh() {
        let is_strict = settings.scope_policy == ScopePolicy::Strict;
        let is_unreadable = parsed
            .ignored
            .iter()
            .any(|member| member.problem == MemberProblem::Scope);
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
    for ignored in &parsed.ignored {
        events::member_ignored(Some(&settings.client), &ignored.member, ignored.problem.description());
    }
    Ok(token)
}

/// Rejects a token of another type than requested (RFC 8693 section 2.2.1).
fn check_issued_type(
    grant: &GrantRequest,
    redactor: &Redactor,
    object: &JsonObject,
) -> Result<(), TokenResponseProblem> {
    let (Some(requested), Some(issued)) = (grant.issued_type(), object.get(ISSUED_TYPE)) else {
        return Ok(());
    };
    match issued.as_str() {
        Some(issued) if issued == requested.as_str() => Ok(()),
        issued => Err(TokenResponseProblem::IssuedType {
            requested: requested.to_string(),
            issued: redactor.line(issued.unwrap_or("not a string"), MAX_TYPE_LEN),
        }),
    }
}

/// Returns the accepted names of the type `Bearer`. A requested token that is not an access token has the type `N_A`.
fn token_types<'a>(settings: &'a Settings, grant: &GrantRequest) -> Cow<'a, [String]> {
    let accepted = &settings.options.token_types;
    match grant.issued_type() {
        None | Some(TokenTypeIdentifier::AccessToken) => Cow::Borrowed(accepted),
        Some(_) => accepted.iter().cloned().chain(["N_A".to_owned()]).collect(),
    }
}

/// Rejects a token that has expired in every time zone. A token whose expiry has no time zone and has passed in UTC
/// only is used without an expiry.
fn check_expiry(parsed: &mut ParsedToken, now: SystemTime) -> Result<(), TokenResponseProblem> {
    let (Some(end), Some(ended)) = (&parsed.end, parsed.token.expires_at()) else {
        return Ok(());
    };
    let member = end.name.clone();
    if ended > now {
        return Ok(());
    }
    if end.without_offset && ended + MAX_WEST_OFFSET > now {
        parsed.token.clear_expiry();
        let problem = MemberProblem::Lifetime;
        parsed.ignored.push(IgnoredMember { member, problem });
        return Ok(());
    }
    Err(TokenResponseProblem::Expired {
        member,
        expiry: ended,
        now,
    })
}

/// Returns whether an `error` member means that there is no error, as some servers send it together with a token.
fn is_no_error(error: &Value) -> bool {
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
        Value::Array(values) => values.iter().all(is_no_error),
        Value::Object(members) => members.values().all(is_no_error),
    }
}

/// Returns whether the value is an array of objects, which may contain the token.
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
    // A JSON body may contain secrets, so the excerpt is only for other bodies.
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
