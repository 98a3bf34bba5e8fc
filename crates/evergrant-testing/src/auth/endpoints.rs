//! The endpoints: token, introspection, revocation, metadata.

use std::io;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::{Map, Value, json};

use super::Shared;
use super::credentials::{Refused, authenticate};
use crate::fault::{Answer, full};
use crate::host::{Body, Handler};
use crate::record::RecordedRequest;

pub(super) struct Endpoints {
    shared: Arc<Shared>,
}

/// An error response of RFC 6749 section 5.2.
struct OAuthError {
    status: u16,
    code: &'static str,
    description: &'static str,
}

const fn error(status: u16, code: &'static str, description: &'static str) -> OAuthError {
    OAuthError {
        status,
        code,
        description,
    }
}

impl Endpoints {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    fn respond(&self, request: &RecordedRequest) -> Response<Body> {
        let outcome = match (&request.method, request.path.as_str()) {
            (&Method::POST, "/token") => self.token(request),
            (&Method::POST, "/introspect") => self.introspect(request),
            (&Method::POST, "/revoke") => self.revoke(request),
            (_, "/token" | "/introspect" | "/revoke") => {
                return Answer::new(405).header("allow", "POST").into_response();
            }
            (&Method::GET, "/.well-known/oauth-authorization-server") => Ok(self.metadata(request)),
            _ => return Answer::new(404).into_response(),
        };
        match outcome {
            Ok(body) => json_response(200, &body),
            Err(error) => {
                let body = json!({"error": error.code, "error_description": error.description});
                let mut response = json_response(error.status, &body);
                if error.status == 401 {
                    let challenge = http::HeaderValue::from_static("Basic realm=\"test\"");
                    response.headers_mut().insert(http::header::WWW_AUTHENTICATE, challenge);
                }
                response
            }
        }
    }

    fn token(&self, request: &RecordedRequest) -> Result<Value, OAuthError> {
        let form = form(request)?;
        let client_id = self.client(request, &form)?;
        match value(&form, "grant_type") {
            None => Err(error(400, "invalid_request", "grant_type is missing")),
            Some("client_credentials") => self.client_credentials(&client_id, &form),
            Some(_) => Err(error(
                400,
                "unsupported_grant_type",
                "only client_credentials is offered",
            )),
        }
    }

    fn client_credentials(&self, client_id: &str, form: &[(String, String)]) -> Result<Value, OAuthError> {
        let mut registry = self.shared.registry();
        let scopes: Vec<String> = match value(form, "scope") {
            Some(scope) => scope.split(' ').map(str::to_owned).collect(),
            None => Vec::new(),
        };
        let known = |scope: &String| registry.known_scopes.as_ref().is_none_or(|known| known.contains(scope));
        if !scopes.iter().all(known) {
            return Err(error(400, "invalid_scope", "a scope is unknown"));
        }
        Ok(Value::Object(registry.issue(client_id, scopes, (self.shared.clock)())))
    }

    fn introspect(&self, request: &RecordedRequest) -> Result<Value, OAuthError> {
        let form = form(request)?;
        self.client(request, &form)?;
        let token = value(&form, "token").ok_or(error(400, "invalid_request", "token is missing"))?;
        let registry = self.shared.registry();
        let Some(issued) = registry.valid(token, (self.shared.clock)()) else {
            return Ok(json!({"active": false}));
        };
        let expiry = issued
            .expires_at
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let scope = issued.scopes.join(" ");
        Ok(
            json!({"active": true, "client_id": issued.client_id, "scope": scope, "exp": expiry, "token_type": "Bearer"}),
        )
    }

    fn revoke(&self, request: &RecordedRequest) -> Result<Value, OAuthError> {
        let form = form(request)?;
        self.client(request, &form)?;
        let token = value(&form, "token").ok_or(error(400, "invalid_request", "token is missing"))?;
        self.shared.registry().revoke(token);
        Ok(Value::Object(Map::new()))
    }

    fn metadata(&self, request: &RecordedRequest) -> Value {
        let issuer = format!("http://{}", request.header("host").unwrap_or_default());
        json!({
            "issuer": issuer,
            "token_endpoint": format!("{issuer}/token"),
            "introspection_endpoint": format!("{issuer}/introspect"),
            "revocation_endpoint": format!("{issuer}/revoke"),
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        })
    }

    fn client(&self, request: &RecordedRequest, form: &[(String, String)]) -> Result<String, OAuthError> {
        authenticate(&self.shared.registry(), &request.headers, form).map_err(|refused| match refused {
            Refused::Malformed => error(400, "invalid_request", "the client credentials cannot be read"),
            Refused::Unknown => error(401, "invalid_client", "client authentication failed"),
        })
    }
}

impl Handler for Endpoints {
    async fn handle(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
        let request = receive(request).await?;
        let place = self.shared.records.add(request.clone());
        if request.path == "/token"
            && let Some(fault) = self.shared.script.act().await
            && let Some(outcome) = fault.happen().await
        {
            if let Ok(response) = &outcome {
                self.shared.records.answered(place, response.status());
            }
            return outcome;
        }
        let response = self.respond(&request);
        self.shared.records.answered(place, response.status());
        Ok(response)
    }
}

/// Reads a request to its end.
pub(crate) async fn receive(request: Request<Incoming>) -> Result<RecordedRequest, io::Error> {
    let (head, body) = request.into_parts();
    let body: Bytes = body.collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(RecordedRequest {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body,
        status: None,
    })
}

pub(crate) fn json_response(status: u16, body: &Value) -> Response<Body> {
    let mut response = Response::new(full(Bytes::from(body.to_string())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response
}

/// The form's parameters; only `resource` may be repeated (RFC 6749 section 3.2, RFC 8707).
fn form(request: &RecordedRequest) -> Result<Vec<(String, String)>, OAuthError> {
    if request.header("content-type") != Some("application/x-www-form-urlencoded") {
        return Err(error(400, "invalid_request", "the body is not a form"));
    }
    let form = request.form();
    let repeated = |name: &str| name != "resource" && form.iter().filter(|(key, _)| key == name).count() > 1;
    if form.iter().any(|(name, _)| repeated(name)) {
        return Err(error(400, "invalid_request", "a parameter is repeated"));
    }
    Ok(form)
}

fn value<'f>(form: &'f [(String, String)], name: &str) -> Option<&'f str> {
    form.iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}
