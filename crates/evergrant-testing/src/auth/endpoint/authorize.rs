//! The authorization endpoint (RFC 6749 section 4.1.1): signs the user in without a prompt and redirects with a code.

use std::fmt::Write as _;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Response};

use super::super::Shared;
use super::super::registered_clients_and_tokens::{Authorization, Registry};
use super::super::users::CodeRequest;
use super::error::{OAuthError, error};
use super::{Form, origin, scope};
use crate::fault::MockResponse;
use crate::recorded_request::RecordedRequest;

pub(super) fn respond(shared: &Shared, request: &RecordedRequest) -> Response<Bytes> {
    let mut registry = shared.registry();
    let Some(mut query) = Form::of_query(request) else {
        return error_page("the query cannot be decoded");
    };
    match query.value("request_uri") {
        Some(uri) => match registry.take_pushed(uri, query.value("client_id"), (shared.clock)()) {
            Ok(pushed) => query = pushed,
            Err(reason) => return error_page(reason),
        },
        None if registry.pushed_authorization_required() => {
            return error_page("only pushed authorization requests are accepted");
        }
        None => {}
    }
    let (client_id, redirect_target) = match validate_redirect(&registry, &query) {
        Ok(validated) => validated,
        Err(reason) => return error_page(reason),
    };
    let mut parameters = match sign_in(&mut registry, client_id, &query, (shared.clock)()) {
        Ok(code) => vec![("code", code)],
        Err(rejection) => vec![
            ("error", rejection.code.to_owned()),
            ("error_description", rejection.description.to_owned()),
        ],
    };
    let omit_state = registry.users.omit_state;
    // A repeated `state` cannot be attributed to the client.
    if let Some(state) = query.value("state").filter(|_| !query.repeats("state") && !omit_state) {
        parameters.push(("state", state.to_owned()));
    }
    if registry.users.issuer_in_redirects {
        let issuer = format!("{}{}", origin(request), shared.metadata.issuer_path);
        parameters.push(("iss", issuer));
    }
    redirect(redirect_target, &parameters)
}

/// Returns the client and the redirect target. Without a valid client and redirect URI the user must not be redirected
/// (RFC 6749 section 4.1.2.1).
pub(super) fn validate_redirect<'a>(registry: &Registry, query: &'a Form) -> Result<(&'a str, String), &'static str> {
    if query.repeats("client_id") || query.repeats("redirect_uri") {
        return Err("client_id or redirect_uri is repeated");
    }
    let client_id = query.value("client_id").ok_or("client_id is missing")?;
    let client = registry.clients.get(client_id).ok_or("the client is unknown")?;
    let redirect_target = client.redirect_target(query.value("redirect_uri"), registry.users.allow_redirect_subpaths);
    Ok((
        client_id,
        redirect_target.ok_or("the redirect URI is not registered for this client")?,
    ))
}

fn sign_in(registry: &mut Registry, client_id: &str, query: &Form, now: SystemTime) -> Result<String, OAuthError> {
    query.check_repetition()?;
    if query.required("response_type", "response_type is missing")? != "code" {
        return Err(error(400, "unsupported_response_type", "response_type is not code"));
    }
    let challenge = challenge(query)?;
    if challenge.is_none() && registry.clients[client_id].is_public() {
        return Err(invalid_request("a public client needs a code_challenge"));
    }
    let scopes = scope::allowed(registry, client_id, query)?;
    let user = registry
        .users
        .first()
        .filter(|_| !registry.users.deny)
        .map(str::to_owned);
    let user = user.ok_or(error(400, "access_denied", "the user denied the request"))?;
    let request = CodeRequest {
        authorization: Authorization {
            client_id: client_id.to_owned(),
            scopes,
            grant_type: "authorization_code",
            consent: Some(registry.users.consent(&user)),
            delegation: None,
        },
        redirect_uri: query.value("redirect_uri").map(str::to_owned),
        challenge,
    };
    Ok(registry.issue_code(request, now))
}

/// RFC 7636 section 4.3. The default method, `plain`, is not supported.
pub(super) fn challenge(query: &Form) -> Result<Option<String>, OAuthError> {
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

/// The page that the user sees when a redirect is not possible.
fn error_page(reason: &'static str) -> Response<Bytes> {
    let mut response = MockResponse::new(400).body(reason).into_response();
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

fn redirect(mut to: String, parameters: &[(&str, String)]) -> Response<Bytes> {
    for (name, value) in parameters {
        to.push(if to.contains('?') { '&' } else { '?' });
        to.push_str(name);
        to.push('=');
        encode(value, &mut to);
    }
    let mut response = MockResponse::new(302).into_response();
    let headers = response.headers_mut();
    headers.insert(
        LOCATION,
        HeaderValue::from_str(&to).expect("a registered URI is a valid header value"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Form encoding (RFC 6749 appendix B): a space is `+`.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' => into.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => into.push(char::from(byte)),
            byte => write!(into, "%{byte:02X}").expect("writing to a String cannot fail"),
        }
    }
}
