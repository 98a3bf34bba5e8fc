//! Builds the token request (RFC 6749 sections 4.1.3, 4.3.2, 4.4.2 and 6).

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request};

use super::{Server, Settings};
use crate::authorization_details::AUTHORIZATION_DETAILS;
use crate::client_auth::ClientCredential;
use crate::encoding::Form;
use crate::error::Error;
use crate::grant::GrantRequest;
use crate::origin::Origin;
use crate::transport::DEFAULT_USER_AGENT;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(super) fn write(
    settings: &Settings,
    server: &Server,
    grant: &GrantRequest,
    credential: &ClientCredential,
) -> Result<Request<Bytes>, Error> {
    let options = &settings.options;
    let mut form = Form::default();
    grant.write(&mut form);
    if grant.has_scopes() && !settings.scopes.is_empty() {
        form.add("scope", &settings.scopes.to_string());
    }
    for (name, value) in &settings.parameters {
        // A code and a refresh token have theirs already, as scopes.
        if grant.has_scopes() || name != AUTHORIZATION_DETAILS {
            form.add(name, value);
        }
    }

    let mut request = Request::new(Bytes::new());
    *request.method_mut() = Method::POST;
    // A parsed URL is a valid URI except for a few characters in queries, which the builder rejects.
    *request.uri_mut() = server.url.as_str().parse().unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, if options.json_body { JSON } else { FORM });
    headers.insert(ACCEPT, JSON);
    headers.insert(USER_AGENT, DEFAULT_USER_AGENT);
    // An endpoint on another origin must not get the headers of the token endpoint.
    let is_same_origin = Origin::of(&server.url) == Origin::of(&server.token_endpoint);
    for (name, value) in &settings.headers {
        if is_same_origin || name == USER_AGENT {
            headers.insert(name, value.clone());
        }
    }
    for (name, value) in &credential.headers {
        headers.insert(name, value.clone());
    }
    for (name, value) in &credential.parameters {
        form.add(name, value.expose());
    }
    if options.client_id_in_body && !credential.has_param("client_id") {
        form.add("client_id", &settings.client_id);
    }
    if let Some(name) = form.repeated() {
        let problem = format!(
            "`{name}` would be sent twice (RFC 6749 section 3.2): the grant, the client authentication or param(..) already sets it"
        );
        return Err(Error::grant(problem));
    }
    *request.body_mut() = if options.json_body {
        form.into_json()
    } else {
        form.into_form()
    };
    Ok(request)
}
