//! The authorization endpoint (RFC 6749 section 4.1.1): the user signs in without being asked, and is sent back with a code.

use std::fmt::Write as _;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Response};

use super::super::Shared;
use super::super::registry::{Entitlement, Registry};
use super::super::users::CodeRequest;
use super::error::{OAuthError, error};
use super::{Form, scope};
use crate::fault::Answer;
use crate::record::RecordedRequest;

pub(super) fn respond(shared: &Shared, request: &RecordedRequest) -> Response<Bytes> {
    let mut registry = shared.registry();
    let Some(query) = Form::of_query(request) else {
        return page("the query cannot be decoded");
    };
    let (client_id, way_back) = match sender(&registry, &query) {
        Ok(sender) => sender,
        Err(why) => return page(why),
    };
    let mut answer = match sign_in(&mut registry, client_id, &query, (shared.clock)()) {
        Ok(code) => vec![("code", code)],
        Err(refusal) => vec![
            ("error", refusal.code.to_owned()),
            ("error_description", refusal.description.to_owned()),
        ],
    };
    let drops_state = registry.users.drops_state;
    // Of several states none is the client's.
    if let Some(state) = query.value("state").filter(|_| !query.repeats("state") && !drops_state) {
        answer.push(("state", state.to_owned()));
    }
    redirect(way_back, &answer)
}

/// The client, and where its user goes back to. While these are not known, the user must not be redirected (RFC 6749 section
/// 4.1.2.1).
fn sender<'a>(registry: &Registry, query: &'a Form) -> Result<(&'a str, String), &'static str> {
    if query.repeats("client_id") || query.repeats("redirect_uri") {
        return Err("client_id or redirect_uri is repeated");
    }
    let client_id = query.value("client_id").ok_or("client_id is missing")?;
    let client = registry.clients.get(client_id).ok_or("the client is unknown")?;
    let way_back = client.way_back(query.value("redirect_uri"), registry.users.takes_paths_below);
    Ok((
        client_id,
        way_back.ok_or("the redirect URI is not registered for this client")?,
    ))
}

fn sign_in(registry: &mut Registry, client_id: &str, query: &Form, now: SystemTime) -> Result<String, OAuthError> {
    query.check_repetition()?;
    if query.required("response_type", "response_type is missing")? != "code" {
        return Err(error(400, "unsupported_response_type", "response_type is not code"));
    }
    let challenge = challenge(query)?;
    if challenge.is_none() && registry.clients[client_id].secrets.is_empty() {
        return Err(invalid_request("a public client needs a code_challenge"));
    }
    let scopes = scope::allowed(registry, client_id, query)?;
    let user = registry
        .users
        .first()
        .filter(|_| !registry.users.deny)
        .map(str::to_owned);
    let user = user.ok_or(error(400, "access_denied", "nobody signs in"))?;
    let request = CodeRequest {
        entitlement: Entitlement {
            client_id: client_id.to_owned(),
            scopes,
            grant_type: "authorization_code",
            consent: Some(registry.users.consent(&user)),
        },
        redirect_uri: query.value("redirect_uri").map(str::to_owned),
        challenge,
    };
    Ok(registry.issue_code(request, now))
}

/// RFC 7636 section 4.3. Without a method it would be `plain`, which is not offered.
fn challenge(query: &Form) -> Result<Option<String>, OAuthError> {
    let sha256 = |text: &str| {
        text.len() == 43
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    match (query.value("code_challenge"), query.value("code_challenge_method")) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(invalid_request("code_challenge is missing")),
        (Some(_), method) if method != Some("S256") => Err(invalid_request("code_challenge_method is not S256")),
        (Some(challenge), _) if sha256(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), _) => Err(invalid_request("code_challenge is malformed")),
    }
}

fn invalid_request(description: &'static str) -> OAuthError {
    error(400, "invalid_request", description)
}

/// What the user sees where there is no way back.
fn page(why: &'static str) -> Response<Bytes> {
    let mut response = Answer::new(400).body(why).into_response();
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

fn redirect(mut to: String, answer: &[(&str, String)]) -> Response<Bytes> {
    for (name, value) in answer {
        to.push(if to.contains('?') { '&' } else { '?' });
        to.push_str(name);
        to.push('=');
        encode(value, &mut to);
    }
    let mut response = Answer::new(302).into_response();
    let headers = response.headers_mut();
    headers.insert(
        LOCATION,
        HeaderValue::from_str(&to).expect("a registered URI can be sent"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// As a form encodes it (RFC 6749 appendix B): a space is `+`.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' => into.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => into.push(char::from(byte)),
            byte => write!(into, "%{byte:02X}").expect("a String takes everything"),
        }
    }
}
