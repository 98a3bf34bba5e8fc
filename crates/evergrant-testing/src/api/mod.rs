//! The resource API: answers those who bring a valid token, and tells what it saw.

mod resource;
mod route;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

use self::resource::Resource;
pub use self::route::RouteRequest;
use crate::AuthServer;
use crate::fault::{Answer, Fault};
use crate::host::Host;
use crate::record::RecordedRequest;
use crate::script::Hold;

/// A resource API on a free loopback port and a thread of its own; gone when the last clone is dropped.
///
/// Without a valid token (issued by its [`AuthServer`], not revoked, not expired) every path answers 401 with
/// `WWW-Authenticate: Bearer error="invalid_token"` (RFC 6750 section 3). With one:
///
/// | path | answer |
/// |---|---|
/// | `/books` (below any prefix) | a JSON array of `{"id", "title"}` |
/// | `/echo` | the request's body |
/// | `/status/503` | that status |
/// | `/forbidden` | 403 |
/// | `/always-401` | 401, whatever the token |
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
    /// An API that accepts this authorization server's tokens, also while that server is stopped.
    ///
    /// # Panics
    /// If no port or thread can be had.
    #[must_use]
    pub fn start(auth: &AuthServer) -> Self {
        Self::serve(Resource::protected(Arc::clone(auth.shared())))
    }

    /// A server that needs no token: another origin, to see what reaches it.
    ///
    /// # Panics
    /// If no port or thread can be had.
    #[must_use]
    pub fn open() -> Self {
        Self::serve(Resource::open())
    }

    fn serve(resource: Resource) -> Self {
        let resource = Arc::new(resource);
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

    /// Leaves it to `guard` whom one path lets in, for APIs with other credentials than this authorization server's tokens: keys,
    /// passwords, several at once. It answers `{"status":"passed"}`, or an empty 401.
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

    /// Answers one path's requests as `respond` says, whatever credentials they bring: it checks these itself, where that
    /// matters. `{name}` stands for one part of the path, which is not empty. Of several routes that fit, the one that was added
    /// last answers, and all go before the paths of the table above. Requests are recorded, held and subject to faults as any
    /// other. A stream of events is answered as one body, which [`Fault::Drip`] sends piece by piece.
    ///
    /// ```
    /// use evergrant_testing::{Answer, AuthServer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), reqwest::Error> {
    /// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
    /// let api = auth.api();
    /// let tokens = auth.clone();
    /// api.route(http::Method::GET, "/orders/{id}", move |request| {
    ///     match request.bearer_token().and_then(|token| tokens.issued(token)) {
    ///         Some(token) if token.has_scope("orders.read") => Answer::new(200).body(format!("order {}", request.value("id"))),
    ///         Some(_) => Answer::new(403),
    ///         None => Answer::new(401),
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
    /// If the path does not begin with `/`.
    pub fn route(
        &self,
        method: Method,
        path: &str,
        respond: impl Fn(&RouteRequest<'_>) -> Answer + Send + Sync + 'static,
    ) {
        self.inner.resource.routes.add(method, path, Box::new(respond));
    }

    /// Leaves nothing but the [routes](Self::route): any other path is 404, and another method is 405.
    pub fn only_routes(&self) {
        self.inner.resource.routes.exclusive();
    }

    /// Makes a path a token endpoint of `auth`, for APIs that issue tokens themselves. A request to it counts as one to `auth`:
    /// there it is answered and recorded, and subject to that server's faults and holds; here it is not seen.
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
    /// let request = reqwest::Client::new().post(api.url("/oauth/token")).basic_auth("client-id", Some("not-a-real-secret"));
    /// assert_eq!(request.form(&form).send().await?.status(), 200);
    /// assert_eq!((auth.token_requests(), api.requests().len()), (1, 0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_endpoint(&self, path: &str, auth: &AuthServer) {
        self.inner.resource.token_endpoint(path, Arc::clone(auth.shared()));
    }

    /// Answers the next requests with a 401, whatever their token.
    pub fn refuse_next(&self, count: usize) {
        self.inner.resource.refuse_next(count);
    }

    /// Does this with the next request that has no fault yet.
    pub fn next(&self, fault: impl Into<Fault>) {
        self.next_n(1, fault);
    }

    /// Does this with each of the next `count` requests that have no fault yet.
    pub fn next_n(&self, count: usize, fault: impl Into<Fault>) {
        self.inner.resource.script.next(count, &fault.into());
    }

    /// Does this with every request from now on that has no fault of its own.
    pub fn always(&self, fault: impl Into<Fault>) {
        self.inner.resource.script.always(fault.into());
    }

    /// Ends all faults for requests to come. Latency stays.
    pub fn recover(&self) {
        self.inner.resource.script.recover();
    }

    /// Delays every response by this much real time, in addition to its fault.
    pub fn latency(&self, latency: Duration) {
        self.inner.resource.script.latency(latency);
    }

    /// Answers the requests that hang ([`Fault::Hang`]) after all, as if nothing had happened.
    pub fn release_hanging(&self) {
        self.inner.resource.script.release_hanging();
    }

    /// Keeps requests waiting (they are recorded at once) until the returned value is released.
    pub fn hold(&self) -> Hold {
        self.inner.resource.script.hold()
    }

    /// Every request so far, in the order in which they were received in full.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.inner.resource.records.all()
    }

    /// Forgets all requests.
    pub fn reset_records(&self) {
        self.inner.resource.records.reset();
    }

    /// Waits until that many requests have come in all, answered or not.
    ///
    /// # Panics
    /// If they have not come within 20 seconds of real time.
    pub async fn wait_for_requests(&self, count: usize) {
        self.inner.resource.records.wait(count, |_| true).await;
    }
}

impl fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiServer")
            .field("url", &self.url("/"))
            .finish_non_exhaustive()
    }
}
