//! The endpoints of the authorization server, and the routing of requests to them.

mod assertion_grants;
mod authorize;
pub(super) mod device_authorization;
pub(super) mod error;
mod form;
mod grants;
mod introspection_and_revocation;
mod metadata;
mod pushed_authorization;
mod scope;
mod token;

use std::io;
use std::sync::Arc;

use bytes::Bytes;
#[cfg(feature = "assertions")]
use http::header::AUTHORIZATION;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::Value;

use self::error::{OAuthError, error};
pub(super) use self::form::Form;
use super::Shared;
#[cfg(feature = "assertions")]
use super::client_assertion::Verifier;
use super::client_authentication::{AuthenticationError, Requester, authenticate};
use super::discovery::is_metadata_request;
#[cfg(feature = "assertions")]
use super::registered_clients_and_tokens::Registry;
use crate::fault::MockResponse;
use crate::http_host::{Connection, Handler};
use crate::recorded_request::RecordedRequest;
use crate::response_body::{Body, full};

/// Handles the requests to one path.
type Endpoint = fn(&Shared, &RecordedRequest) -> Response<Bytes>;

pub(super) struct Endpoints {
    shared: Arc<Shared>,
}

impl Endpoints {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    fn respond(&self, request: &RecordedRequest) -> Response<Bytes> {
        let shared = &*self.shared;
        let authorization_path = shared.paths().authorization.clone();
        let (method, endpoint): (_, Endpoint) = match request.path.as_str() {
            path if path == authorization_path => (Method::GET, authorize::respond),
            "/device_authorization" => (Method::POST, |shared, request| {
                json(device_authorization::issue(shared, request))
            }),
            "/introspect" => (Method::POST, |shared, request| {
                json(introspection_and_revocation::introspect(shared, request))
            }),
            "/par" => (Method::POST, pushed_authorization::respond),
            "/revoke" => (Method::POST, |shared, request| {
                json(introspection_and_revocation::revoke(shared, request))
            }),
            path if shared.metadata.is_served_at(path) => (Method::GET, |shared, request| {
                let mut response = json(metadata::respond(shared, request));
                let headers = response.headers_mut();
                headers.remove(CACHE_CONTROL);
                let cache_control = shared.metadata.cache_control();
                if let Some(value) = cache_control.and_then(|value| HeaderValue::from_str(&value).ok()) {
                    headers.insert(CACHE_CONTROL, value);
                }
                response
            }),
            _ => return MockResponse::new(404).into_response(),
        };
        if request.method == method {
            endpoint(shared, request)
        } else {
            method_not_allowed(&method)
        }
    }
}

/// Responds to a request to a token endpoint of this server or of an API.
pub(crate) async fn respond_to_token_request(
    shared: &Shared,
    mut request: RecordedRequest,
    connection: &Connection,
) -> Result<Response<Body>, io::Error> {
    request.is_token_request = true;
    let step = shared.script.next_step();
    let record = shared.records.add(request.clone());
    let respond = || match request.method {
        Method::POST => json(token::respond(shared, &request)),
        _ => method_not_allowed(&Method::POST),
    };
    #[cfg_attr(
        not(feature = "assertions"),
        expect(unused_mut, reason = "the nonce needs the feature")
    )]
    let mut response = step.run(connection, respond).await?;
    #[cfg(feature = "assertions")]
    shared.proofs.add_nonce(&mut response);
    shared.records.set_status(record, response.status());
    Ok(response)
}

impl Handler for Endpoints {
    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Connection,
    ) -> Result<Response<Body>, io::Error> {
        let request = RecordedRequest::receive(request).await?;
        let is_token_request = request.path == self.shared.paths().token;
        if is_token_request {
            return respond_to_token_request(&self.shared, request, &connection).await;
        }
        let step = is_metadata_request(&request).then(|| self.shared.metadata.script.next_step());
        let record = self.shared.records.add(request.clone());
        let response = match step {
            Some(step) => step.run(&connection, || self.respond(&request)).await?,
            None => self.respond(&request).map(full),
        };
        self.shared.records.set_status(record, response.status());
        Ok(response)
    }
}

/// Rejects any method other than `allowed`.
fn method_not_allowed(allowed: &Method) -> Response<Bytes> {
    MockResponse::new(405)
        .header(ALLOW.as_str(), allowed.as_str())
        .into_response()
}

pub(crate) fn json_response(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn json(outcome: Result<Value, OAuthError>) -> Response<Bytes> {
    outcome.map_or_else(OAuthError::into_response, |body| json_response(200, &body))
}

/// Returns the origin of the server that received a request.
pub(super) fn origin(request: &RecordedRequest) -> String {
    format!("http://{}", request.header("host").unwrap_or_default())
}

/// Authenticates the client that sent a request.
fn authenticate_client(shared: &Shared, request: &RecordedRequest, form: &Form) -> Result<Requester, OAuthError> {
    #[cfg(feature = "assertions")]
    if let Some(assertion) = form.value("client_assertion") {
        let origin = origin(request);
        let verifier = Verifier {
            issuer: &format!("{origin}{}", shared.metadata.issuer_path),
            token_url: &format!("{origin}{}", shared.paths().token),
            now: (shared.clock)(),
        };
        return authenticate_with_assertion(&mut shared.registry(), request, form, assertion, &verifier);
    }
    authenticate(&shared.registry(), &request.headers, form).map_err(|failure| match failure {
        AuthenticationError::Malformed => error(400, "invalid_request", "the client credentials cannot be read"),
        AuthenticationError::InvalidClient => error(401, "invalid_client", "client authentication failed"),
    })
}

/// Authenticates a client by its assertion, which must be its only credential (RFC 6749 section 2.3).
#[cfg(feature = "assertions")]
fn authenticate_with_assertion(
    registry: &mut Registry,
    request: &RecordedRequest,
    form: &Form,
    assertion: &str,
    verifier: &Verifier<'_>,
) -> Result<Requester, OAuthError> {
    if request.headers.contains_key(AUTHORIZATION) || form.value("client_secret").is_some() {
        return Err(error(
            400,
            "invalid_request",
            "the request has several client credentials",
        ));
    }
    match super::client_assertion::authenticate(registry, assertion, form, verifier) {
        Ok(id) => Ok(Requester { id, public: false }),
        Err(reason) => Err(error(401, "invalid_client", reason)),
    }
}
