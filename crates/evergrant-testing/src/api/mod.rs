//! A protected API server for tests. It responds to requests that have a valid token, and records all requests.

#[cfg(feature = "assertions")]
mod dpop;
mod protected_resource;
mod route;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

use self::protected_resource::{Resource, WELL_KNOWN};
pub use self::route::RouteRequest;
use crate::auth::AuthServer;
use crate::fault::{Fault, MockResponse};
use crate::http_host::Host;
use crate::recorded_request::RecordedRequest;
use crate::scheduled_faults::HoldGuard;

/// A protected API server for tests, on a free loopback port and with its own thread. The server stops when its last
/// clone is dropped.
///
/// A token is valid if the server's [`AuthServer`] issued it, and it is neither revoked nor expired. A request without
/// a valid token receives a 401 with `WWW-Authenticate: Bearer error="invalid_token"` (RFC 6750 section 3). A request
/// with a valid token receives:
///
/// | path | response |
/// |---|---|
/// | `/books` (under any prefix) | a JSON array of `{"id", "title"}` |
/// | `/echo` | the request's body |
/// | `/status/503` | that status |
/// | `/forbidden` | 403 |
/// | `/always-401` | 401, for every token |
/// | `/needs/books.read` | 403 `insufficient_scope` unless the token has that scope |
/// | `/redirect?status=307&to=URL` | a redirect, 302 by default |
/// | anything else | JSON: `method`, `path`, `query`, `headers` (without credentials), `body`, `body_bytes`, `client_id`, `scope`, and a user's `username` |
///
/// ```
/// use evergrant_testing::AuthServer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), reqwest::Error> {
/// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
/// let api = auth.api();
/// let token = auth.issue_token("client-id", &["books.read"]);
/// let http = reqwest::Client::new();
/// assert_eq!(http.get(api.url("/needs/books.read")).bearer_auth(token).send().await?.status(), 200);
/// assert_eq!(http.get(api.url("/books")).send().await?.status(), 401);
/// assert_eq!(api.requests().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ApiServer {
    inner: Arc<Inner>,
}

struct Inner {
    host: Host,
    resource: Arc<Resource>,
}

impl ApiServer {
    /// Starts an API server that accepts the tokens that `auth` issues, even while `auth` is stopped.
    ///
    /// # Panics
    /// Panics if no port or thread is available.
    #[must_use]
    pub fn start(auth: &AuthServer) -> Self {
        Self::serve(Resource::protected(Arc::clone(auth.shared()), auth.issuer()))
    }

    /// Starts an API server that requires no token. A test can use it as an origin that must not receive credentials.
    ///
    /// # Panics
    /// Panics if no port or thread is available.
    #[must_use]
    pub fn unprotected() -> Self {
        Self::serve(Resource::unprotected())
    }

    fn serve(resource: Resource) -> Self {
        let resource = Arc::new(resource);
        let host = Host::start("api-server", Arc::clone(&resource)).expect("a free port and a thread");
        Self {
            inner: Arc::new(Inner { host, resource }),
        }
    }

    /// Returns the URL of a path on this server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.inner.host.url(path)
    }

    /// Protects one path with the closure `guard`, in place of the check for a valid token. Use this for an API with
    /// other credentials, such as API keys, passwords or combinations of them. If `guard` returns `true`, the request
    /// receives `{"status":"passed"}`; otherwise it receives an empty 401.
    ///
    /// ```
    /// use evergrant_testing::{ApiServer, AuthServer};
    ///
    /// let auth = AuthServer::builder().start();
    /// let api = ApiServer::start(&auth);
    /// api.guard("/reports", |request| request.header("x-api-key") == Some("not-a-real-key"));
    /// ```
    pub fn guard(&self, path: &str, guard: impl Fn(&RecordedRequest) -> bool + Send + Sync + 'static) {
        self.inner.resource.guard(path, Arc::new(guard));
    }

    /// Adds a route: the closure `respond` handles the requests to this method and path. The server does not check the
    /// credentials of such requests; `respond` can check them.
    ///
    /// `{name}` in `path` matches one non-empty path segment. If several routes match, the route that was added last
    /// responds. Routes take precedence over the [built-in paths](ApiServer). The server records requests to routes,
    /// and applies [holds](Self::hold) and [faults](Fault) to them. The body of a response is sent at once, even if it
    /// is an event stream; [`Fault::Drip`] sends it byte by byte.
    ///
    /// ```
    /// use evergrant_testing::{AuthServer, MockResponse};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), reqwest::Error> {
    /// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
    /// let api = auth.api();
    /// let tokens = auth.clone();
    /// api.route(http::Method::GET, "/orders/{id}", move |request| {
    ///     match request.bearer_token().and_then(|token| tokens.introspect(token)) {
    ///         Some(token) if token.has_scope("orders.read") => {
    ///             MockResponse::new(200).body(format!("order {}", request.value("id")))
    ///         }
    ///         Some(_) => MockResponse::new(403),
    ///         None => MockResponse::new(401),
    ///     }
    /// });
    ///
    /// let http = reqwest::Client::new();
    /// let order = http.get(api.url("/orders/7%2F8")).bearer_auth(auth.issue_token("client-id", &["orders.read"]));
    /// assert_eq!(order.send().await?.text().await?, "order 7/8");
    /// assert_eq!(http.get(api.url("/orders/7")).send().await?.status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// Panics if `path` does not start with `/`.
    pub fn route(
        &self,
        method: Method,
        path: &str,
        respond: impl Fn(&RouteRequest<'_>) -> MockResponse + Send + Sync + 'static,
    ) {
        self.inner.resource.routes.add(method, path, Box::new(respond));
    }

    /// Makes the server serve only the [routes](Self::route). Any other path responds with 404, and any other method
    /// with 405.
    pub fn only_routes(&self) {
        self.inner.resource.routes.exclusive();
    }

    /// Serves the token endpoint of `auth` at `path` of this server, for tests of an API that issues tokens itself.
    /// `auth` handles and records the token requests, and applies its own faults and holds to them. This server does
    /// not record them.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), reqwest::Error> {
    /// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
    /// let api = auth.api();
    /// api.token_endpoint("/oauth/token", &auth);
    ///
    /// let form = [("grant_type", "client_credentials")];
    /// let request = reqwest::Client::new().post(api.url("/oauth/token")).form(&form);
    /// let response = request.basic_auth("client-id", Some("not-a-real-secret")).send().await?;
    /// assert_eq!(response.status(), 200);
    /// assert_eq!((auth.token_requests(), api.requests().len()), (1, 0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_endpoint(&self, path: &str, auth: &AuthServer) {
        self.inner.resource.token_endpoint(path, Arc::clone(auth.shared()));
    }

    /// Publishes the metadata (RFC 9728) of an API at the base path `path`, which may be empty. The metadata contains
    /// the URL of the API as `resource`, the issuer of the authorization server, and the scopes that the server knows.
    /// Each 401 then contains the URL of the metadata in the parameter `resource_metadata` of `WWW-Authenticate`.
    /// Returns the `resource`.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// let auth = AuthServer::builder().start();
    /// let api = auth.api();
    /// assert_eq!(api.publish_metadata("/v1"), api.url("/v1"));
    /// api.metadata_with("authorization_servers", "[\"https://idp.example.com\"]");
    /// ```
    ///
    /// # Panics
    /// Panics if the API requires no token, or if `path` is neither empty nor starts with `/`.
    pub fn publish_metadata(&self, path: &str) -> String {
        assert!(
            path.is_empty() || path.starts_with('/'),
            "{path:?} does not start with a slash"
        );
        let (resource, metadata) = (self.url(path), self.url(&format!("{WELL_KNOWN}{path}")));
        self.inner.resource.publish_metadata(path, &resource, metadata);
        resource
    }

    /// Sets the member `name` of the [published metadata](Self::publish_metadata) to a JSON value, for example to
    /// another `resource`.
    ///
    /// # Panics
    /// Panics if `json` is not valid JSON, or if no metadata is published.
    pub fn metadata_with(&self, name: &str, json: &str) {
        let value = serde_json::from_str(json).unwrap_or_else(|_| panic!("{json:?} is not JSON"));
        self.inner
            .resource
            .change_metadata(|metadata| metadata.document[name] = value);
    }

    /// Sets the URL in the parameter `resource_metadata` of 401 responses. An empty URL omits the parameter.
    ///
    /// # Panics
    /// Panics if no metadata is published.
    pub fn challenge_with(&self, metadata_url: &str) {
        let url = metadata_url.to_owned();
        self.inner.resource.change_metadata(|metadata| metadata.challenge = url);
    }

    /// Rejects the next `count` requests with a 401, even if their token is valid.
    pub fn reject_next(&self, count: usize) {
        self.inner.resource.reject_next(count);
    }

    /// Injects `fault` into the next request that has no scheduled fault yet.
    pub fn next(&self, fault: impl Into<Fault>) {
        self.next_n(1, fault);
    }

    /// Injects `fault` into each of the next `count` requests that have no scheduled fault yet.
    pub fn next_n(&self, count: usize, fault: impl Into<Fault>) {
        self.inner.resource.script.next(count, &fault.into());
    }

    /// Injects `fault` into every further request, except those for which another fault is scheduled.
    pub fn always(&self, fault: impl Into<Fault>) {
        self.inner.resource.script.always(fault.into());
    }

    /// Removes all scheduled faults. The [latency](Self::latency) does not change.
    pub fn recover(&self) {
        self.inner.resource.script.recover();
    }

    /// Delays every response by `latency` in real time, in addition to the delay of a fault.
    pub fn latency(&self, latency: Duration) {
        self.inner.resource.script.latency(latency);
    }

    /// Sends the normal response to all requests that hang because of [`Fault::Hang`].
    pub fn release_hanging(&self) {
        self.inner.resource.script.release_hanging();
    }

    /// Holds all requests until the returned guard is released: the server records them immediately, and responds after
    /// the release.
    pub fn hold(&self) -> HoldGuard {
        self.inner.resource.script.hold()
    }

    /// Returns all recorded requests, in the order in which the server finished reading them.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.inner.resource.records.all()
    }

    /// Discards all recorded requests.
    pub fn reset_records(&self) {
        self.inner.resource.records.reset();
    }

    /// Waits until the server has recorded at least `count` requests, including those without a response yet.
    ///
    /// # Panics
    /// Panics if this takes longer than 20 seconds of real time.
    pub async fn wait_for_requests(&self, count: usize) {
        self.inner.resource.records.wait(count, |_| true).await;
    }
}

impl AuthServer {
    /// Starts a protected API server that accepts the tokens of this authorization server.
    #[must_use]
    pub fn api(&self) -> ApiServer {
        ApiServer::start(self)
    }
}

impl fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiServer")
            .field("url", &self.url("/"))
            .finish_non_exhaustive()
    }
}
