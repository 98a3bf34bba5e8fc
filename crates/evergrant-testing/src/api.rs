//! The resource API: answers those who bring a valid token, and tells what it saw.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::header::{LOCATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use serde_json::json;

use crate::auth::Shared;
use crate::auth::endpoints::{json_response, receive};
use crate::fault::{Answer, Fault, full};
use crate::host::{Body, Handler, Host};
use crate::record::{RecordedRequest, Records};
use crate::script::{Hold, Script};

/// A resource API on a free loopback port and a thread of its own; gone when the last clone is dropped.
///
/// Without a valid token every path answers 401 (RFC 6750 section 3). With one:
///
/// | path | answer |
/// |---|---|
/// | `/books` (below any prefix) | a JSON array of `{"id", "title"}` |
/// | `/echo` | the request's body |
/// | `/status/503` | that status |
/// | `/always-401` | 401, whatever the token |
/// | `/needs/books.read` | 403 unless the token has that scope |
/// | `/redirect?status=307&to=URL` | a redirect |
/// | anything else | JSON: `method`, `path`, `query`, `client_id`, `body_bytes` |
#[derive(Clone)]
pub struct ApiServer {
    inner: Arc<Inner>,
}

struct Inner {
    host: Host,
    resource: Arc<Resource>,
}

struct Resource {
    /// None for a server that lets everybody in.
    auth: Option<Arc<Shared>>,
    refuse: AtomicUsize,
    script: Script,
    records: Records,
}

impl ApiServer {
    pub(crate) fn protected(auth: Arc<Shared>) -> Self {
        Self::start(Some(auth))
    }

    /// A server that needs no token: another origin, to see what reaches it.
    #[must_use]
    pub fn open() -> Self {
        Self::start(None)
    }

    fn start(auth: Option<Arc<Shared>>) -> Self {
        let resource = Arc::new(Resource {
            auth,
            refuse: AtomicUsize::new(0),
            script: Script::default(),
            records: Records::new(),
        });
        let host = Host::start("api-server", Arc::clone(&resource)).expect("a free port and a thread");
        Self {
            inner: Arc::new(Inner { host, resource }),
        }
    }

    /// The URL of any path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.inner.host.url(path)
    }

    /// Answers the next requests with a 401, whatever their token.
    pub fn refuse_next(&self, count: usize) {
        self.inner.resource.refuse.store(count, Ordering::SeqCst);
    }

    /// Does this with the next request that has no fault yet.
    pub fn next(&self, fault: impl Into<Fault>) {
        self.inner.resource.script.next(fault.into());
    }

    /// Does this with every request from now on.
    pub fn always(&self, fault: impl Into<Fault>) {
        self.inner.resource.script.always(fault.into());
    }

    /// Ends all faults.
    pub fn recover(&self) {
        self.inner.resource.script.recover();
    }

    /// Delays every response by this much real time.
    pub fn latency(&self, latency: Duration) {
        self.inner.resource.script.latency(latency);
    }

    /// Keeps requests waiting (they are recorded at once) until the returned value is released.
    pub fn hold(&self) -> Hold {
        self.inner.resource.script.hold()
    }

    /// Every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.inner.resource.records.all()
    }

    /// Waits until that many requests have come in all.
    ///
    /// # Panics
    /// If they have not come within 20 seconds.
    pub async fn wait_for_requests(&self, count: usize) {
        self.inner.resource.records.wait(count, |_| true).await;
    }
}

impl Resource {
    fn respond(&self, request: &RecordedRequest) -> Response<Body> {
        let grant = match &self.auth {
            None => Some(("anyone".to_owned(), Vec::new())),
            Some(auth) => bearer(request).and_then(|token| auth.grant_of(token)),
        };
        let refuse = self
            .refuse
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok();
        let Some((client_id, scopes)) = grant.filter(|_| !refuse && request.path != "/always-401") else {
            return challenge(401, "Bearer error=\"invalid_token\"");
        };
        let parameter = |name: &str| {
            let query = request.query.as_deref().unwrap_or_default();
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let path = request.path.as_str();
        if let Some(status) = path.strip_prefix("/status/").and_then(|status| status.parse().ok()) {
            json_response(status, &json!({"status": status}))
        } else if let Some(scope) = path.strip_prefix("/needs/") {
            if scopes.iter().any(|granted| granted == scope) {
                json_response(200, &json!({"scope": scope}))
            } else {
                challenge(403, "Bearer error=\"insufficient_scope\"")
            }
        } else if path == "/redirect" {
            let status = parameter("status")
                .and_then(|status| status.parse().ok())
                .unwrap_or(302);
            let mut response = Answer::new(status).into_response();
            if let Ok(to) = HeaderValue::from_str(&parameter("to").unwrap_or_default()) {
                response.headers_mut().insert(LOCATION, to);
            }
            response
        } else if path == "/echo" {
            Response::new(full(request.body.clone()))
        } else if path.ends_with("/books") {
            json_response(
                200,
                &json!([{"id": 1, "title": "The Dispossessed"}, {"id": 2, "title": "Middlemarch"}]),
            )
        } else {
            json_response(
                200,
                &json!({
                    "method": request.method.as_str(),
                    "path": path,
                    "query": request.query,
                    "client_id": client_id,
                    "body_bytes": request.body.len(),
                }),
            )
        }
    }
}

impl Handler for Resource {
    async fn handle(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
        let request = receive(request).await?;
        let place = self.records.add(request.clone());
        let outcome = match self.script.act().await {
            Some(fault) => fault.happen().await,
            None => None,
        };
        let outcome = outcome.unwrap_or_else(|| Ok(self.respond(&request)));
        if let Ok(response) = &outcome {
            self.records.answered(place, response.status());
        }
        outcome
    }
}

fn bearer(request: &RecordedRequest) -> Option<&str> {
    request.header("authorization")?.strip_prefix("Bearer ")
}

fn challenge(status: u16, challenge: &'static str) -> Response<Body> {
    let mut response = json_response(status, &json!({"error": "see WWW-Authenticate"}));
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

impl fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiServer")
            .field("url", &self.url("/"))
            .finish_non_exhaustive()
    }
}
