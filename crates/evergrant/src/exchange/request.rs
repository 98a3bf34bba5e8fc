//! Writes the token request (RFC 6749 sections 4.1.3, 4.3.2, 4.4.2 and 6).

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request};

use super::{Form, Settings};
use crate::Secret;
use crate::grant::Entitlement;
use crate::transport::DEFAULT_USER_AGENT;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(super) fn write(settings: &Settings, entitlement: &Entitlement, secret: &Secret) -> Request<Bytes> {
    let options = &settings.options;
    let mut form = Form::default();
    entitlement.write(&mut form, options.grant_type.as_deref());
    if entitlement.asks_for_scopes() && !settings.scopes.is_empty() {
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
    headers.insert(CONTENT_TYPE, if options.json_body { JSON } else { FORM });
    headers.insert(ACCEPT, JSON);
    headers.insert(USER_AGENT, DEFAULT_USER_AGENT);
    for (name, value) in &settings.headers {
        headers.insert(name, value.clone());
    }
    settings.auth.apply(&settings.client_id, secret, headers, &mut form);
    if options.client_id_in_body && settings.auth.is_in_header() {
        form.add("client_id", &settings.client_id);
    }
    *request.body_mut() = if options.json_body {
        form.into_json()
    } else {
        form.into_form()
    };
    request
}
