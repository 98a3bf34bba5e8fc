//! The authorization server: its handle and its endpoints.

mod assertion_grants;
mod builder;
#[cfg(feature = "assertions")]
mod client_assertion;
mod client_authentication;
mod discovery;
#[cfg(feature = "assertions")]
mod dpop;
mod endpoint;
mod issued_token;
mod registered_clients_and_tokens;
mod runtime_changes;
mod test_queries;
mod token_response;
mod users;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

pub use self::builder::AuthServerBuilder;
pub use self::client_authentication::{BasicDecoding, ClientAuthMethod};
use self::discovery::Metadata;
pub use self::discovery::MetadataLocation;
#[cfg(feature = "assertions")]
pub(crate) use self::dpop::Proofs;
use self::endpoint::Endpoints;
pub(crate) use self::endpoint::{json_response, respond_to_token_request};
pub use self::issued_token::IssuedToken;
use self::registered_clients_and_tokens::{Authorization, Registry};
pub use self::token_response::ExpiresIn;
pub use self::users::RefreshTokens;
use crate::fault::Fault;
use crate::http_host::Host;
use crate::recorded_request::Records;
use crate::scheduled_faults::{HoldGuard, Script};

/// An OAuth 2.0 authorization server for tests, on a free loopback port and with its own thread. The server stops when
/// its last clone is dropped.
///
/// | endpoint | specification | errors |
/// |---|---|---|
/// | `GET /authorize` | RFC 6749, with PKCE (RFC 7636) | a 400 page for an unknown client or redirect URI; otherwise a redirect with `invalid_request`, `unsupported_response_type`, `invalid_scope`, `access_denied` |
/// | `POST /token` | RFC 6749: the enabled [grants](AuthServerBuilder#grants) | 400 `invalid_request`, `invalid_grant`, `invalid_scope`, `unsupported_grant_type`; 401 `invalid_client` |
/// | `POST /device_authorization` | RFC 8628, if [enabled](AuthServerBuilder::device_authorization) | 400 `invalid_scope`, `unauthorized_client`; 401 `invalid_client`. While polling: `authorization_pending`, `slow_down`, `access_denied`, `expired_token` |
/// | `POST /par` | RFC 9126, if [enabled](AuthServerBuilder::pushed_authorization) | 400 `invalid_request`, `invalid_scope`; 401 `invalid_client` |
/// | `POST /introspect` | RFC 7662, for access tokens | 400 `invalid_request`; 401 `invalid_client`, also for public clients |
/// | `POST /revoke` | RFC 7009 | 400 `invalid_request`, or `invalid_grant` for another client's token; 401 `invalid_client` |
/// | `GET /.well-known/oauth-authorization-server`, `GET /.well-known/openid-configuration` | RFC 8414, OpenID Connect Discovery: the same document; see [`serve_metadata_at`](Self::serve_metadata_at) | |
///
/// The paths of the first two endpoints are [configurable](AuthServerBuilder::token_path). The
/// [builder](AuthServerBuilder#grants) determines which grants are enabled. [`visit`](Self::visit) stands in for the
/// browser of a user who signs in.
///
/// [Faults](Fault) and [holds](Self::hold) apply only to the token endpoint. The metadata has its own faults and holds,
/// such as [`metadata_always`](Self::metadata_always). All methods can be called from any thread, inside or outside a
/// runtime, and take effect before they return.
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

/// State shared by the handle and the server's thread.
pub(crate) struct Shared {
    registry: Mutex<Registry>,
    script: Script,
    records: Records,
    clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
    paths: Mutex<Paths>,
    metadata: Metadata,
    #[cfg(feature = "assertions")]
    proofs: Proofs,
}

/// Paths of the endpoints with configurable paths.
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
    /// Returns a builder for an authorization server.
    pub fn builder() -> AuthServerBuilder {
        AuthServerBuilder::new()
    }

    fn start(
        registry: Registry,
        paths: Paths,
        metadata: Metadata,
        #[cfg(feature = "assertions")] proofs: Proofs,
        clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            registry: Mutex::new(registry),
            script: Script::default(),
            records: Records::new(),
            clock,
            paths: Mutex::new(paths),
            metadata,
            #[cfg(feature = "assertions")]
            proofs,
        });
        let host = Host::start("auth-server", Arc::new(Endpoints::new(Arc::clone(&shared))))?;
        Ok(Self {
            inner: Arc::new(Inner { host, shared }),
        })
    }

    /// Returns the URL of the token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.url(&self.shared().paths().token)
    }

    /// Returns the URL of a path on this server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.inner.host.url(path)
    }

    /// Injects `fault` into the next token request that has no scheduled fault yet.
    pub fn next(&self, fault: impl Into<Fault>) {
        self.next_n(1, fault);
    }

    /// Injects `fault` into each of the next `count` token requests that have no scheduled fault yet.
    pub fn next_n(&self, count: usize, fault: impl Into<Fault>) {
        self.shared().script.next(count, &fault.into());
    }

    /// Injects `fault` into every further token request, except those for which another fault is scheduled.
    pub fn always(&self, fault: impl Into<Fault>) {
        self.shared().script.always(fault.into());
    }

    /// Removes all scheduled faults. The [latency](Self::latency) does not change.
    pub fn recover(&self) {
        self.shared().script.recover();
    }

    /// Delays every token response by `latency` in real time, in addition to the delay of a fault.
    pub fn latency(&self, latency: Duration) {
        self.shared().script.latency(latency);
    }

    /// Sends the normal response to all token requests that hang because of [`Fault::Hang`].
    pub fn release_hanging(&self) {
        self.shared().script.release_hanging();
    }

    /// Holds all token requests until the returned guard is released: the server records them immediately, and responds
    /// after the release.
    pub fn hold(&self) -> HoldGuard {
        self.shared().script.hold()
    }

    /// Stops listening and closes all connections, to simulate an outage. The operating system refuses further
    /// connections. The server keeps its tokens, faults, records and port; [`restart`](Self::restart) continues with
    /// them.
    ///
    /// # Panics
    /// Panics if the server's thread has stopped.
    pub fn stop(&self) {
        self.inner.host.stop().expect("the authorization server stops");
    }

    /// Listens again on the same port, after [`stop`](Self::stop).
    ///
    /// # Panics
    /// Panics if the port could not be reserved and another process uses it.
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

    /// Returns the scopes that the server knows; `None` if it accepts every scope.
    pub(crate) fn known_scopes(&self) -> Option<Vec<String>> {
        self.registry().known_scopes.clone()
    }

    fn paths(&self) -> MutexGuard<'_, Paths> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the authorization of an access token if it is valid now.
    pub(crate) fn authorization(&self, token: &str) -> Option<Authorization> {
        self.registry()
            .valid(token, (self.clock)())
            .map(|issued| issued.authorization.clone())
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
