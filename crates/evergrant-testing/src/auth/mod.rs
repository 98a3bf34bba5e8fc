//! The authorization server: its handle, and what each of its endpoints answers.

mod builder;
mod control;
mod credentials;
mod endpoint;
mod issued;
mod observe;
mod registry;
mod response;
mod users;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

pub use self::builder::AuthServerBuilder;
pub use self::credentials::{BasicDecoding, ClientAuthMethod};
use self::endpoint::Endpoints;
pub(crate) use self::endpoint::{json_response, respond_to_token_request};
pub use self::issued::IssuedToken;
use self::registry::{Entitlement, Registry};
pub use self::response::ExpiresIn;
pub use self::users::RefreshTokens;
use crate::ApiServer;
use crate::fault::Fault;
use crate::host::Host;
use crate::record::Records;
use crate::script::{Hold, Script};

/// An OAuth 2.0 authorization server on a free loopback port and a thread of its own; gone when the last clone is dropped.
///
/// | endpoint | | refuses with |
/// |---|---|---|
/// | `GET /authorize` | RFC 6749, with PKCE (RFC 7636) | a 400 page for an unknown client or redirect URI; else a redirect with `invalid_request`, `unsupported_response_type`, `invalid_scope`, `access_denied` |
/// | `POST /token` | RFC 6749: the [grants](AuthServerBuilder#grants) on offer | 400 `invalid_request`, `invalid_grant`, `invalid_scope`, `unsupported_grant_type`; 401 `invalid_client` |
/// | `POST /introspect` | RFC 7662, for access tokens | 400 `invalid_request`; 401 `invalid_client`, for public clients too |
/// | `POST /revoke` | RFC 7009 | 400 `invalid_request`, or `invalid_grant` for another client's token; 401 `invalid_client` |
/// | `GET /.well-known/oauth-authorization-server` | RFC 8414 | |
///
/// The first two may [lie elsewhere](AuthServerBuilder::token_path). Which grants are offered is a matter of the
/// [builder](AuthServerBuilder#grants); [`visit`](Self::visit) stands in for the
/// browser of a user who signs in.
///
/// Scripts and holds apply to the token endpoint alone. Everything can be called from any thread, in or outside of a runtime;
/// it takes effect before it returns.
///
/// ```
/// use evergrant_testing::AuthServer;
///
/// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
/// assert!(auth.token_url().starts_with("http://127.0.0.1:"));
/// assert_eq!(auth.token_requests(), 0);
/// ```
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
    paths: Paths,
}

/// Where the endpoints lie that a client is told of.
#[derive(Clone)]
struct Paths {
    token: String,
    authorization: String,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            token: "/token".to_owned(),
            authorization: "/authorize".to_owned(),
        }
    }
}

impl AuthServer {
    /// Starts the description of a server.
    pub fn builder() -> AuthServerBuilder {
        AuthServerBuilder::new()
    }

    fn start(registry: Registry, paths: Paths, clock: Box<dyn Fn() -> SystemTime + Send + Sync>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            registry: Mutex::new(registry),
            script: Script::default(),
            records: Records::new(),
            clock,
            paths,
        });
        let host = Host::start("auth-server", Arc::new(Endpoints::new(Arc::clone(&shared))))?;
        Ok(Self {
            inner: Arc::new(Inner { host, shared }),
        })
    }

    /// The URL of the token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.url(&self.shared().paths.token)
    }

    /// The URL of any path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.inner.host.url(path)
    }

    /// A resource API that accepts this server's tokens.
    #[must_use]
    pub fn api(&self) -> ApiServer {
        ApiServer::start(self)
    }

    /// Does this with the next token request that has no fault yet.
    pub fn next(&self, fault: impl Into<Fault>) {
        self.next_n(1, fault);
    }

    /// Does this with each of the next `count` token requests that have no fault yet.
    pub fn next_n(&self, count: usize, fault: impl Into<Fault>) {
        self.shared().script.next(count, &fault.into());
    }

    /// Does this with every token request from now on that has no fault of its own.
    pub fn always(&self, fault: impl Into<Fault>) {
        self.shared().script.always(fault.into());
    }

    /// Ends all faults for requests to come. Latency stays.
    pub fn recover(&self) {
        self.shared().script.recover();
    }

    /// Delays every token response by this much real time, in addition to its fault.
    pub fn latency(&self, latency: Duration) {
        self.shared().script.latency(latency);
    }

    /// Answers the requests that hang ([`Fault::Hang`]) after all, as if nothing had happened.
    pub fn release_hanging(&self) {
        self.shared().script.release_hanging();
    }

    /// Keeps token requests waiting (they are recorded at once) until the returned value is released.
    pub fn hold(&self) -> Hold {
        self.shared().script.hold()
    }

    /// Refuses connections, and drops those that are open. Tokens, scripts and records are kept, and so is the port.
    ///
    /// # Panics
    /// If the server's thread is gone.
    pub fn stop(&self) {
        self.inner.host.stop().expect("the authorization server stops");
    }

    /// Listens again, on the same port.
    ///
    /// # Panics
    /// If the port could not be kept, and has been taken in the meantime.
    pub fn restart(&self) {
        self.inner
            .host
            .restart()
            .expect("the authorization server listens on its port again");
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.shared().registry()
    }
}

impl Shared {
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an access token entitles to, if it is good now.
    pub(crate) fn entitlement(&self, token: &str) -> Option<Entitlement> {
        self.registry()
            .valid(token, (self.clock)())
            .map(|issued| issued.entitlement.clone())
    }
}

impl fmt::Debug for AuthServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthServer")
            .field("url", &self.url("/"))
            .field("token_requests", &self.token_requests())
            .finish_non_exhaustive()
    }
}
