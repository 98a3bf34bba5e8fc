//! Describes an authorization server: its clients, and how it hands out tokens.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::credentials::{BasicDecoding, Client, ClientAuthMethod};
use super::registry::Registry;
use super::{AuthServer, ExpiresIn, Paths};
use crate::ManualClock;

/// What an [`AuthServer`] can be told before it starts.
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
/// What a server offers follows from what it is told:
///
/// | grant | is offered with | refresh token |
/// |---|---|---|
/// | `client_credentials` (RFC 6749 section 4.4) | nothing more | never |
/// | `authorization_code` (section 4.1), with PKCE (RFC 7636) | [`redirect_uri`](Self::redirect_uri) | yes |
/// | `password` (section 4.3) | [`user`](Self::user) | yes |
/// | `refresh_token` (section 6) | either of these two | as [`refresh_tokens`](Self::refresh_tokens) says |
///
/// A sign-in without a browser, and what comes of it:
///
/// ```
/// use evergrant_testing::{AuthServer, RefreshTokens};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), reqwest::Error> {
/// let auth = AuthServer::builder()
///     .public_client("app")
///     .redirect_uri("app", "http://127.0.0.1/callback") // any port, as RFC 8252 says
///     .user("jane", "not-a-real-password")
///     .refresh_tokens(RefreshTokens::Rotating)
///     .start();
///
/// // The client under test makes this URL, for the user's browser to open.
/// let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// let url = format!(
///     "{}?response_type=code&client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback&state=xyz\
///      &code_challenge={challenge}&code_challenge_method=S256",
///     auth.authorization_url(),
/// );
/// // Instead of a browser: what it is redirected to is what the client is given.
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
#[must_use = "nothing listens until `start` is called"]
pub struct AuthServerBuilder {
    pub(super) registry: Registry,
    paths: Paths,
    clock: Option<ManualClock>,
}

impl AuthServerBuilder {
    pub(super) fn new() -> Self {
        Self {
            registry: Registry::default(),
            paths: Paths::default(),
            clock: None,
        }
    }

    /// Registers a client. It may use any scope, unless [`scopes`](Self::scopes) or [`client_scopes`](Self::client_scopes)
    /// say otherwise, and authenticate in any way that [`accept`](Self::accept) allows.
    pub fn client(mut self, id: &str, secret: &str) -> Self {
        self.registry.clients.insert(id.to_owned(), Client::new(secret));
        self
    }

    /// Registers a client without a secret. It is served at the token endpoint all the same.
    pub fn public_client(mut self, id: &str) -> Self {
        self.registry.clients.insert(id.to_owned(), Client::public());
        self
    }

    /// Gives a registered client one more secret that is accepted, as during a rotation.
    ///
    /// # Panics
    /// If there is no such client.
    pub fn second_secret(mut self, id: &str, secret: &str) -> Self {
        self.registry.client(id).secrets.push(secret.to_owned());
        self
    }

    /// The scopes that exist; any other is `invalid_scope`.
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.registry.known_scopes = Some(owned(scopes));
        self
    }

    /// The scopes that a registered client may ask for; any other is `invalid_scope`.
    ///
    /// # Panics
    /// If there is no such client.
    pub fn client_scopes(mut self, id: &str, scopes: &[&str]) -> Self {
        self.registry.client(id).scopes = Some(owned(scopes));
        self
    }

    /// How clients may prove who they are: both ways by default. Any other is `invalid_client`.
    pub fn accept(mut self, methods: &[ClientAuthMethod]) -> Self {
        self.registry.methods = methods.to_vec();
        self
    }

    /// What `Basic` credentials look like: [`BasicDecoding::Percent`] by default.
    pub fn basic(mut self, decoding: BasicDecoding) -> Self {
        self.registry.basic = decoding;
        self
    }

    /// Short for `basic(BasicDecoding::Raw)`.
    pub fn raw_basic(self) -> Self {
        self.basic(BasicDecoding::Raw)
    }

    /// The lifetime of tokens, an hour by default.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.registry.response.lifetime = lifetime;
        self
    }

    /// How token responses tell the lifetime.
    pub fn expires_in(mut self, expires_in: ExpiresIn) -> Self {
        self.registry.response.expires_in = expires_in;
        self
    }

    /// Grants these scopes, whatever a client asks for.
    pub fn grant_scopes(mut self, scopes: &[&str]) -> Self {
        self.registry.response.scopes = Some(owned(scopes));
        self
    }

    /// Sets a member of the token responses, as [`AuthServer::respond_with`] does.
    ///
    /// # Panics
    /// If the text is not JSON.
    pub fn respond_with(mut self, name: &str, json: &str) -> Self {
        self.registry.response.set(name, json);
        self
    }

    /// Leaves a member out of the token responses.
    pub fn respond_without(mut self, name: &str) -> Self {
        self.registry.response.leave_out(name);
        self
    }

    /// Where the token endpoint lies, `/token` by default.
    ///
    /// ```
    /// use evergrant_testing::AuthServer;
    ///
    /// let auth = AuthServer::builder().token_path("/oauth2/v1/token").start();
    /// assert!(auth.token_url().ends_with("/oauth2/v1/token"));
    /// ```
    ///
    /// # Panics
    /// If the path does not begin with `/`.
    pub fn token_path(mut self, path: &str) -> Self {
        self.paths.token = absolute(path);
        self
    }

    /// Where the authorization endpoint lies, `/authorize` by default.
    ///
    /// # Panics
    /// If the path does not begin with `/`.
    pub fn authorization_path(mut self, path: &str) -> Self {
        self.paths.authorization = absolute(path);
        self
    }

    /// Counts lifetimes by this clock instead of by the system's. The server is another machine: it moves with
    /// [`advance`](ManualClock::advance) and [`suspend`](ManualClock::suspend), while a step of the wall clock is none of its
    /// business.
    pub fn clock(mut self, clock: &ManualClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// Starts the server; it listens when this returns.
    ///
    /// # Panics
    /// If no port or thread can be had.
    #[must_use = "the server is gone with its handle"]
    pub fn start(self) -> AuthServer {
        let clock: Box<dyn Fn() -> SystemTime + Send + Sync> = match self.clock {
            Some(clock) => Box::new(move || clock.elsewhere()),
            None => Box::new(system_time),
        };
        AuthServer::start(self.registry, self.paths, clock).expect("a free port and a thread")
    }
}

fn absolute(path: &str) -> String {
    assert!(path.starts_with('/'), "{path:?} does not begin with a slash");
    path.to_owned()
}

fn owned(scopes: &[&str]) -> Vec<String> {
    scopes.iter().map(ToString::to_string).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server's own clock, apart from the library's"
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
