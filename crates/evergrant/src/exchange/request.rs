//! Writes the token request (RFC 6749 section 4.4.2).

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request};

use super::{Form, Settings};
use crate::Secret;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("evergrant/", env!("CARGO_PKG_VERSION")));

pub(super) fn write(settings: &Settings, secret: &Secret) -> Request<Bytes> {
    let mut form = Form::default();
    form.add("grant_type", settings.grant.grant_type());
    if !settings.scopes.is_empty() {
        form.add("scope", &settings.scopes.to_string());
    }
    for (name, value) in &settings.parameters {
        form.add(name, value);
    }

    let mut request = Request::new(Bytes::new());
    *request.method_mut() = Method::POST;
    // A parsed URL is a valid URI but for a few characters in queries, which the builder has ruled out.
    *request.uri_mut() = settings.endpoint.as_str().parse().unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, FORM);
    headers.insert(ACCEPT, JSON);
    headers.insert(USER_AGENT, AGENT);
    settings.auth.apply(&settings.client_id, secret, headers, &mut form);
    *request.body_mut() = form.into_bytes();
    request
}
