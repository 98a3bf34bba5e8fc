//! The builder of the authorization server: its clients, and how it issues tokens.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::client_authentication::{BasicDecoding, Client, ClientAuthMethod};
use super::discovery::Metadata;
use super::registered_clients_and_tokens::Registry;
use super::{AuthServer, ExpiresIn, Paths};
use crate::ManualClock;

/// Configures and starts an [`AuthServer`].
///
/// ```
/// use std::time::Duration;
/// use evergrant_testing::{AuthServer, BasicDecoding, ClientAuthMethod, ExpiresIn};
///
/// let server = AuthServer::builder()
///     .client("client-id", "not-a-real-secret")
///     .client_scopes("client-id", &["books.read"])
///     .basic(BasicDecoding::Form)
///     .accept(&[ClientAuthMethod::Basic])
///     .lifetime(Duration::from_secs(60))
///     .expires_in(ExpiresIn::Text)
///     .respond_with("token_type", "\"bearer\"")
///     .start();
/// # let _ = server;
/// ```
///
/// # Grants
///
/// The configuration determines which grants the server supports:
///
/// | grant | enabled by | refresh token |
/// |---|---|---|
/// | `client_credentials` (RFC 6749 section 4.4) | always enabled | never |
/// | `authorization_code` (section 4.1), with PKCE (RFC 7636) | [`redirect_uri`](Self::redirect_uri) | yes |
/// | device authorization (RFC 8628) | [`device_authorization`](Self::device_authorization) | yes |
/// | `password` (section 4.3) | [`user`](Self::user) | yes |
/// | `refresh_token` (section 6) | any of the previous three | see [`refresh_tokens`](Self::refresh_tokens) |
/// | JWT bearer (RFC 7523) | [`jwt_bearer`](Self::jwt_bearer) | never |
/// | token exchange (RFC 8693) | [`token_exchange`](Self::token_exchange) | never |
///
/// This example signs in a user without a browser:
///
/// ```
/// use evergrant_testing::{AuthServer, RefreshTokens};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), reqwest::Error> {
/// let auth = AuthServer::builder()
///     .public_client("app")
///     .redirect_uri("app", "http://127.0.0.1/callback") // any port (RFC 8252)
///     .user("jane", "not-a-real-password")
///     .refresh_tokens(RefreshTokens::Rotating)
///     .start();
///
/// // The client under test creates this URL, and the user's browser opens it.
/// let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// let url = format!(
///     "{}?response_type=code&client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback&state=xyz\
///      &code_challenge={challenge}&code_challenge_method=S256",
///     auth.authorization_url(),
/// );
/// // `visit` replaces the browser. The client receives the URL of the redirect.
/// let back = auth.visit(&url);
/// let code = back.strip_prefix("http://127.0.0.1:8000/callback?code=").unwrap();
/// let code = code.strip_suffix("&state=xyz").unwrap();
///
/// let form = [
///     ("grant_type", "authorization_code"),
///     ("client_id", "app"),
///     ("code", code),
///     ("redirect_uri", "http://127.0.0.1:8000/callback"),
///     ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
/// ];
/// let http = reqwest::Client::new();
/// let tokens: serde_json::Value = http.post(auth.token_url()).form(&form).send().await?.json().await?;
/// assert!(tokens["refresh_token"].is_string());
///
/// auth.deny_sign_ins();
/// assert!(auth.visit(&url).contains("error=access_denied"));
/// # Ok(())
/// # }
/// ```
#[must_use = "the server does not listen until `start` is called"]
pub struct AuthServerBuilder {
    pub(super) registry: Registry,
    paths: Paths,
    pub(super) metadata: Metadata,
    #[cfg(feature = "assertions")]
    pub(super) proofs: super::Proofs,
    clock: Option<ManualClock>,
}

impl AuthServerBuilder {
    pub(super) fn new() -> Self {
        Self {
            registry: Registry::default(),
            paths: Paths::default(),
            metadata: Metadata::default(),
            #[cfg(feature = "assertions")]
            proofs: super::Proofs::default(),
            clock: None,
        }
    }

    /// Registers a confidential client. It may request any scope, unless [`scopes`](Self::scopes) or
    /// [`client_scopes`](Self::client_scopes) restricts the scopes. It may use any client authentication method that
    /// [`accept`](Self::accept) allows.
    pub fn client(mut self, id: &str, secret: &str) -> Self {
        self.registry.clients.insert(id.to_owned(), Client::new(secret));
        self
    }

    /// Registers a public client, which has no secret. The token endpoint accepts it without client authentication.
    pub fn public_client(mut self, id: &str) -> Self {
        self.registry.clients.insert(id.to_owned(), Client::public());
        self
    }

    /// Adds a further secret to a registered client, as during a rotation. The server accepts all secrets of the
    /// client.
    ///
    /// # Panics
    /// Panics if no client `id` is registered.
    pub fn additional_secret(mut self, id: &str, secret: &str) -> Self {
        self.registry.client(id).secrets.push(secret.to_owned());
        self
    }

    /// Sets the scopes that the server knows. A request for any other scope fails with `invalid_scope`. By default, the
    /// server accepts every scope.
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.registry.known_scopes = Some(owned(scopes));
        self
    }

    /// Sets the scopes that a registered client may request. A request for any other scope fails with `invalid_scope`.
    ///
    /// # Panics
    /// Panics if no client `id` is registered.
    pub fn client_scopes(mut self, id: &str, scopes: &[&str]) -> Self {
        self.registry.client(id).scopes = Some(owned(scopes));
        self
    }

    /// Sets the client authentication methods that the server accepts. A request with any other method fails with
    /// `invalid_client`. By default, the server accepts [`Basic`](ClientAuthMethod::Basic) and
    /// [`Post`](ClientAuthMethod::Post).
    pub fn accept(mut self, methods: &[ClientAuthMethod]) -> Self {
        self.registry.methods = methods.to_vec();
        self
    }

    /// Sets how the server decodes the client credentials in a `Basic` header. The default is
    /// [`BasicDecoding::Percent`].
    pub fn basic(mut self, decoding: BasicDecoding) -> Self {
        self.registry.basic = decoding;
        self
    }

    /// Makes the server read the client credentials in a `Basic` header without decoding them. This is a shorthand for
    /// `basic(BasicDecoding::Raw)`.
    pub fn raw_basic(self) -> Self {
        self.basic(BasicDecoding::Raw)
    }

    /// Sets the lifetime of access tokens. The default is one hour.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.registry.response.lifetime = lifetime;
        self
    }

    /// Sets how token responses express the lifetime of the token. The default is [`ExpiresIn::Seconds`].
    pub fn expires_in(mut self, expires_in: ExpiresIn) -> Self {
        self.registry.response.expires_in = expires_in;
        self
    }

    /// Makes the server grant these scopes for every token request, whatever scopes the client requests.
    pub fn grant_scopes(mut self, scopes: &[&str]) -> Self {
        self.registry.response.scopes = Some(owned(scopes));
        self
    }

    /// Sets the member `name` of all token responses to a JSON value. See [`AuthServer::respond_with`].
    ///
    /// # Panics
    /// Panics if `json` is not valid JSON.
    pub fn respond_with(mut self, name: &str, json: &str) -> Self {
        self.registry.response.set(name, json);
        self
    }

    /// Omits the member `name` from all token responses.
    pub fn respond_without(mut self, name: &str) -> Self {
        self.registry.response.omit(name);
        self
    }

    /// Sets the path of the token endpoint. The default is `/token`.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// let auth = AuthServer::builder().token_path("/oauth2/v1/token").start();
    /// assert!(auth.token_url().ends_with("/oauth2/v1/token"));
    /// ```
    ///
    /// # Panics
    /// Panics if `path` does not start with `/`.
    pub fn token_path(mut self, path: &str) -> Self {
        self.paths.token = absolute(path);
        self
    }

    /// Sets the path of the authorization endpoint. The default is `/authorize`.
    ///
    /// # Panics
    /// Panics if `path` does not start with `/`.
    pub fn authorization_path(mut self, path: &str) -> Self {
        self.paths.authorization = absolute(path);
        self
    }

    /// Makes the server measure token lifetimes with `clock` instead of the system clock. The server simulates another
    /// machine: its time moves with [`advance`](ManualClock::advance) and [`suspend`](ManualClock::suspend), but the
    /// `step_wall_*` methods, which change the wall clock of one machine, do not affect it.
    pub fn clock(mut self, clock: &ManualClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// Starts the server. It is listening when this method returns.
    ///
    /// # Panics
    /// Panics if no port or thread is available.
    #[must_use = "the server stops when its handle is dropped"]
    pub fn start(self) -> AuthServer {
        let clock: Box<dyn Fn() -> SystemTime + Send + Sync> = match self.clock {
            Some(clock) => Box::new(move || clock.unstepped_wall()),
            None => Box::new(system_time),
        };
        AuthServer::start(
            self.registry,
            self.paths,
            self.metadata,
            #[cfg(feature = "assertions")]
            self.proofs,
            clock,
        )
        .expect("a free port and a thread")
    }
}

pub(super) fn absolute(path: &str) -> String {
    assert!(path.starts_with('/'), "{path:?} does not start with a slash");
    path.to_owned()
}

fn owned(scopes: &[&str]) -> Vec<String> {
    scopes.iter().map(ToString::to_string).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server's clock is independent of the library's"
)]
fn system_time() -> SystemTime {
    SystemTime::now()
}

impl fmt::Debug for AuthServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients: Vec<_> = self.registry.clients.keys().collect();
        f.debug_struct("AuthServerBuilder")
            .field("clients", &clients)
            .field("lifetime", &self.registry.response.lifetime)
            .finish_non_exhaustive()
    }
}
