//! The request handling of the protected API server.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, LOCATION, PROXY_AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use serde_json::{Map, Value, json};

use super::route::Routes;
use crate::auth::{Shared, json_response, respond_to_token_request};
use crate::fault::MockResponse;
use crate::http_host::{Connection, Handler};
use crate::recorded_request::{RecordedRequest, Records};
use crate::response_body::Body;
use crate::scheduled_faults::Script;

pub(super) struct Resource {
    /// `None` if no token is required.
    auth: Option<Arc<Shared>>,
    /// The issuer of the tokens.
    auth_issuer: String,
    /// Number of further requests to reject.
    rejections: AtomicUsize,
    guards: Mutex<HashMap<String, Arc<Guard>>>,
    token_endpoints: Mutex<HashMap<String, Arc<Shared>>>,
    metadata: Mutex<Option<PublishedMetadata>>,
    #[cfg(feature = "assertions")]
    pub(super) proofs: crate::auth::Proofs,
    pub(super) routes: Routes,
    pub(super) script: Script,
    pub(super) records: Records,
}

/// The error code of a request without a valid token (RFC 6750 section 3.1).
const INVALID_TOKEN: &str = "invalid_token";

/// The path before that of the API, at which its metadata is (RFC 9728 section 3.1).
pub(super) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The metadata that an API publishes.
pub(super) struct PublishedMetadata {
    path: String,
    pub(super) document: Value,
    /// The URL in challenges; empty for none.
    pub(super) challenge: String,
}

/// Decides whether a request may access one path.
pub(super) type Guard = dyn Fn(&RecordedRequest) -> bool + Send + Sync;

/// The access that a request's token grants.
struct Access {
    client_id: String,
    username: Option<String>,
    /// `None` if all scopes are allowed.
    scopes: Option<Vec<String>>,
}

impl Resource {
    pub(super) fn protected(auth: Arc<Shared>, issuer: String) -> Self {
        Self::new(Some(auth), issuer)
    }

    pub(super) fn unprotected() -> Self {
        Self::new(None, String::new())
    }

    fn new(auth: Option<Arc<Shared>>, auth_issuer: String) -> Self {
        Self {
            auth,
            auth_issuer,
            rejections: AtomicUsize::new(0),
            guards: Mutex::default(),
            token_endpoints: Mutex::default(),
            metadata: Mutex::default(),
            #[cfg(feature = "assertions")]
            proofs: crate::auth::Proofs::default(),
            routes: Routes::default(),
            script: Script::default(),
            records: Records::new(),
        }
    }

    pub(super) fn reject_next(&self, count: usize) {
        self.rejections.store(count, Ordering::SeqCst);
    }

    pub(super) fn guard(&self, path: &str, guard: Arc<Guard>) {
        let mut guards = self.guards.lock().unwrap_or_else(PoisonError::into_inner);
        guards.insert(path.to_owned(), guard);
    }

    pub(super) fn token_endpoint(&self, path: &str, auth: Arc<Shared>) {
        let mut endpoints = self.token_endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints.insert(path.to_owned(), auth);
    }

    pub(super) fn publish_metadata(&self, path: &str, resource: &str, challenge: String) {
        let auth = self.auth.as_ref().expect("an API that requires a token");
        let document = json!({
            "resource": resource,
            "authorization_servers": [self.auth_issuer],
            "scopes_supported": auth.known_scopes(),
            "bearer_methods_supported": ["header"],
        });
        *self.metadata() = Some(PublishedMetadata {
            path: format!("{WELL_KNOWN}{path}"),
            document,
            challenge,
        });
    }

    pub(super) fn change_metadata(&self, change: impl FnOnce(&mut PublishedMetadata)) {
        change(self.metadata().as_mut().expect("published metadata"));
    }

    fn metadata(&self) -> MutexGuard<'_, Option<PublishedMetadata>> {
        self.metadata.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn challenge(&self, scheme: &str, error: &str) -> Response<Bytes> {
        let mut text = format!("{scheme} error=\"{error}\"");
        if let Some(metadata) = self
            .metadata()
            .as_ref()
            .filter(|metadata| !metadata.challenge.is_empty())
        {
            text = format!("{text}, resource_metadata=\"{}\"", metadata.challenge);
        }
        challenge(401, &text)
    }

    fn issuer(&self, path: &str) -> Option<Arc<Shared>> {
        let endpoints = self.token_endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints.get(path).map(Arc::clone)
    }

    fn respond(&self, request: &RecordedRequest) -> Response<Bytes> {
        let reject = self
            .rejections
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok();
        if let Some(response) = self.routes.respond(request, reject.then(|| MockResponse::new(401))) {
            return response.into_response();
        }
        let path = request.path.as_str();
        if let Some(metadata) = self.metadata().as_ref().filter(|metadata| metadata.path == path) {
            return json_response(200, &metadata.document);
        }
        let guards = self.guards.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(guard) = guards.get(path).map(Arc::clone) {
            drop(guards);
            return match guard(request) && !reject {
                true => json_response(200, &json!({"status": "passed"})),
                false => MockResponse::new(401).into_response(),
            };
        }
        drop(guards);
        let access = match self.access(request) {
            Ok(access) if !reject && path != "/always-401" => access,
            Err(code) if !reject => return self.challenge(scheme_of(request), code),
            _ => return self.challenge(scheme_of(request), INVALID_TOKEN),
        };
        if let Some(status) = path.strip_prefix("/status/").and_then(|status| status.parse().ok()) {
            return json_response(status, &json!({"status": status}));
        }
        if let Some(scope) = path.strip_prefix("/needs/") {
            return access.require(scope);
        }
        match path {
            "/forbidden" => json_response(403, &json!({"error": "forbidden"})),
            "/redirect" => redirect(request),
            "/echo" => Response::new(request.body.clone()),
            _ if path.ends_with("/books") => books(),
            _ => json_response(200, &access.describe(request)),
        }
    }

    /// Returns what the token of a request grants, or the error code of the challenge.
    fn access(&self, request: &RecordedRequest) -> Result<Access, &'static str> {
        let Some(auth) = &self.auth else {
            return Ok(Access {
                client_id: "anyone".to_owned(),
                username: None,
                scopes: None,
            });
        };
        let sent = request.header("authorization").and_then(|value| value.split_once(' '));
        let (scheme, token) = sent.ok_or(INVALID_TOKEN)?;
        let authorization = auth.authorization(token).ok_or(INVALID_TOKEN)?;
        #[cfg(feature = "assertions")]
        auth.check_api_proof(&self.proofs, request, (scheme, token))
            .map_err(|rejection| rejection.code)?;
        #[cfg(not(feature = "assertions"))]
        if scheme != "Bearer" {
            return Err(INVALID_TOKEN);
        }
        Ok(Access {
            username: authorization.username().map(str::to_owned),
            client_id: authorization.client_id,
            scopes: Some(authorization.scopes),
        })
    }
}

impl Handler for Resource {
    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Connection,
    ) -> Result<Response<Body>, io::Error> {
        let request = RecordedRequest::receive(request).await?;
        if let Some(issuer) = self.issuer(&request.path) {
            return respond_to_token_request(&issuer, request, &connection).await;
        }
        let step = self.script.next_step();
        let record = self.records.add(request.clone());
        #[cfg_attr(
            not(feature = "assertions"),
            expect(unused_mut, reason = "the nonce needs the feature")
        )]
        let mut response = step.run(&connection, || self.respond(&request)).await?;
        #[cfg(feature = "assertions")]
        self.proofs.add_nonce(&mut response);
        self.records.set_status(record, response.status());
        Ok(response)
    }
}

impl Access {
    fn require(&self, scope: &str) -> Response<Bytes> {
        let granted = |scopes: &Vec<String>| scopes.iter().any(|granted| granted == scope);
        if self.scopes.as_ref().is_none_or(granted) {
            json_response(200, &json!({"scope": scope}))
        } else {
            challenge(403, &format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""))
        }
    }

    fn describe(&self, request: &RecordedRequest) -> Value {
        let secret = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE];
        let headers: Map<String, Value> = request
            .headers
            .iter()
            .filter(|(name, _)| !secret.contains(name))
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
            .collect();
        let mut description = json!({
            "method": request.method.as_str(),
            "path": request.path,
            "query": request.query,
            "headers": headers,
            "body": std::str::from_utf8(&request.body).ok(),
            "body_bytes": request.body.len(),
            "client_id": self.client_id,
            "scope": self.scopes.as_ref().map(|scopes| scopes.join(" ")),
        });
        if let Some(username) = &self.username {
            description["username"] = username.as_str().into();
        }
        description
    }
}

fn books() -> Response<Bytes> {
    let books = json!([{"id": 1, "title": "The Dispossessed"}, {"id": 2, "title": "Middlemarch"}]);
    json_response(200, &books)
}

fn redirect(request: &RecordedRequest) -> Response<Bytes> {
    let status = request.query_value("status");
    let status = status
        .and_then(|status| status.parse().ok())
        .filter(|status| (300..400).contains(status));
    let mut response = MockResponse::new(status.unwrap_or(302)).into_response();
    if let Ok(to) = HeaderValue::from_str(&request.query_value("to").unwrap_or_default()) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

/// Returns the scheme of a challenge: that of the request.
fn scheme_of(request: &RecordedRequest) -> &'static str {
    let is_dpop = |value: &str| value.starts_with("DPoP ");
    match request.header("authorization").is_some_and(is_dpop) {
        true => "DPoP",
        false => "Bearer",
    }
}

fn challenge(status: u16, challenge: &str) -> Response<Bytes> {
    let mut response = json_response(status, &json!({"error": "see WWW-Authenticate"}));
    if let Ok(challenge) = HeaderValue::from_str(challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}
