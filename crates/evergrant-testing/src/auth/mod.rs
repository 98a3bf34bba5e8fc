//! The authorization server: its handle, and what each of its endpoints answers.

mod builder;
mod credentials;
pub(crate) mod endpoints;
mod issued;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

pub use self::builder::AuthServerBuilder;
use self::endpoints::Endpoints;
use self::issued::Registry;
use crate::ApiServer;
use crate::fault::Fault;
use crate::host::Host;
use crate::record::{RecordedRequest, Records};
use crate::script::{Hold, Script};

/// An OAuth 2.0 authorization server on a free loopback port and a thread of its own; gone when the last clone is dropped.
///
/// | endpoint | |
/// |---|---|
/// | `POST /token` | RFC 6749: client credentials |
/// | `POST /introspect` | RFC 7662 |
/// | `POST /revoke` | RFC 7009 |
/// | `GET /.well-known/oauth-authorization-server` | RFC 8414 |
///
/// Scripts and holds apply to the token endpoint alone.
#[derive(Clone)]
pub struct AuthServer {
    inner: Arc<Inner>,
}

struct Inner {
    host: Host,
    shared: Arc<Shared>,
}

/// What the handle and the server's thread have in common.
pub(crate) struct Shared {
    registry: Mutex<Registry>,
    script: Script,
    records: Records,
    clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
}

impl AuthServer {
    /// Starts the description of a server.
    pub fn builder() -> AuthServerBuilder {
        AuthServerBuilder::new()
    }

    fn start(registry: Registry, clock: Box<dyn Fn() -> SystemTime + Send + Sync>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            registry: Mutex::new(registry),
            script: Script::default(),
            records: Records::new(),
            clock,
        });
        let host = Host::start("auth-server", Arc::new(Endpoints::new(Arc::clone(&shared))))?;
        Ok(Self {
            inner: Arc::new(Inner { host, shared }),
        })
    }

    /// The URL of the token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.url("/token")
    }

    /// The URL of any path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.inner.host.url(path)
    }

    /// A resource API that accepts this server's tokens.
    #[must_use]
    pub fn api(&self) -> ApiServer {
        ApiServer::protected(Arc::clone(&self.inner.shared))
    }

    /// Does this with the next token request that has no fault yet.
    pub fn next(&self, fault: impl Into<Fault>) {
        self.shared().script.next(fault.into());
    }

    /// Does this with every token request from now on.
    pub fn always(&self, fault: impl Into<Fault>) {
        self.shared().script.always(fault.into());
    }

    /// Ends all faults.
    pub fn recover(&self) {
        self.shared().script.recover();
    }

    /// Delays every token response by this much real time.
    pub fn latency(&self, latency: Duration) {
        self.shared().script.latency(latency);
    }

    /// Keeps token requests waiting (they are recorded at once) until the returned value is released.
    pub fn hold(&self) -> Hold {
        self.shared().script.hold()
    }

    /// Refuses connections, and drops those that are open. Tokens and records are kept.
    ///
    /// # Panics
    /// If the server's thread is gone.
    pub fn stop(&self) {
        self.inner.host.stop().expect("the authorization server stops");
    }

    /// Listens again, on the same port.
    ///
    /// # Panics
    /// If the port has been taken in the meantime.
    pub fn restart(&self) {
        self.inner
            .host
            .restart()
            .expect("the authorization server listens on its port again");
    }

    /// From now on the client has this secret, and no other.
    pub fn rotate_secret(&self, client_id: &str, secret: &str) {
        self.registry().rotate(client_id, secret);
    }

    /// Sets the lifetime of tokens issued from now on.
    pub fn lifetime(&self, lifetime: Duration) {
        self.registry().lifetime = lifetime;
    }

    /// Sets a member of the token responses from now on, given as JSON text, as in `("expires_in", "\"3600\"")`.
    ///
    /// # Panics
    /// If the text is not JSON.
    pub fn respond_with(&self, name: &str, json: &str) {
        self.registry().set_member(name, json);
    }

    /// Leaves a member out of the token responses from now on.
    pub fn respond_without(&self, name: &str) {
        self.registry().members.insert(name.to_owned(), None);
    }

    /// Makes every token issued so far invalid.
    pub fn revoke_all(&self) {
        self.registry().revoke_all();
    }

    /// Makes one token invalid.
    pub fn revoke(&self, token: &str) {
        self.registry().revoke(token);
    }

    /// How many token requests came, whatever became of them.
    #[must_use]
    pub fn token_requests(&self) -> usize {
        self.shared().records.count(is_token_request)
    }

    /// How many token requests were answered with a token.
    #[must_use]
    pub fn tokens_granted(&self) -> u64 {
        self.registry().granted
    }

    /// How many token requests were answered with anything else than a success, or not at all so far.
    #[must_use]
    pub fn failed_token_requests(&self) -> usize {
        self.shared()
            .records
            .count(|request| is_token_request(request) && !request.status.is_some_and(|status| status.is_success()))
    }

    /// Every request to every endpoint.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared().records.all()
    }

    /// The latest token request.
    ///
    /// # Panics
    /// If there was none.
    #[must_use]
    pub fn last_token_request(&self) -> RecordedRequest {
        let mut requests = self.requests();
        requests.retain(is_token_request);
        requests.pop().expect("a token request")
    }

    /// Waits until that many token requests have come in all.
    ///
    /// # Panics
    /// If they have not come within 20 seconds.
    pub async fn wait_for_token_requests(&self, count: usize) {
        self.shared().records.wait(count, is_token_request).await;
    }

    fn shared(&self) -> &Shared {
        &self.inner.shared
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.shared().registry()
    }
}

impl Shared {
    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which client an access token belongs to and what it may do, if it is good now.
    pub(crate) fn grant_of(&self, token: &str) -> Option<(String, Vec<String>)> {
        self.registry()
            .valid(token, (self.clock)())
            .map(|issued| (issued.client_id.clone(), issued.scopes.clone()))
    }
}

fn is_token_request(request: &RecordedRequest) -> bool {
    request.path == "/token"
}

impl fmt::Debug for AuthServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthServer")
            .field("url", &self.url("/"))
            .field("token_requests", &self.token_requests())
            .finish_non_exhaustive()
    }
}
