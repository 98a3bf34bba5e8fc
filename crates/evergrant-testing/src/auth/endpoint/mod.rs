//! The endpoints of the authorization server, and the routing of requests to them.

mod authorize;
mod error;
mod form;
mod grants;
mod metadata;
mod scope;
mod token;
mod token_info;

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::Value;

use self::error::{OAuthError, error};
pub(super) use self::form::Form;
use super::Shared;
use super::credentials::{AuthenticationError, Requester, authenticate};
use crate::body::{Body, full};
use crate::fault::MockResponse;
use crate::host::{Connection, Handler};
use crate::record::RecordedRequest;

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
        let (method, endpoint): (_, Endpoint) = match request.path.as_str() {
            path if path == shared.paths.authorization => (Method::GET, authorize::respond),
            "/introspect" => (Method::POST, |shared, request| {
                json(token_info::introspect(shared, request))
            }),
            "/revoke" => (Method::POST, |shared, request| {
                json(token_info::revoke(shared, request))
            }),
            "/.well-known/oauth-authorization-server" => {
                (Method::GET, |shared, request| json(metadata::respond(shared, request)))
            }
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
    let response = step.run(connection, respond).await?;
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
        if request.path == self.shared.paths.token {
            return respond_to_token_request(&self.shared, request, &connection).await;
        }
        let record = self.shared.records.add(request.clone());
        let response = self.respond(&request).map(full);
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

/// Authenticates the client that sent a request.
fn authenticate_client(shared: &Shared, request: &RecordedRequest, form: &Form) -> Result<Requester, OAuthError> {
    authenticate(&shared.registry(), &request.headers, form).map_err(|failure| match failure {
        AuthenticationError::Malformed => error(400, "invalid_request", "the client credentials cannot be read"),
        AuthenticationError::InvalidClient => error(401, "invalid_client", "client authentication failed"),
    })
}
