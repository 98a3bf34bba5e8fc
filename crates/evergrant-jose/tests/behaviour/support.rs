//! An authorization server that knows a client's keys, and a manual clock.

use std::path::PathBuf;
use std::time::Duration;

use evergrant::client_auth::SharedClientAuth;
use evergrant::{ClientCredentials, OAuthProviderError, RetryPolicy, TokenManager, TokenManagerBuilder};
use evergrant_jose::{Algorithm, PrivateKey};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, AuthServerBuilder, ManualClock, RecordedRequest};
use serde_json::Value;

pub(crate) const CLIENT: &str = "bookshop";
pub(crate) const SECRET: &str = "not-a-real-secret-of-at-least-sixty-four-bytes-0123456789-0123456789";

pub(crate) struct Fixture {
    pub(crate) auth: AuthServer,
    pub(crate) clock: ManualClock,
}

impl Fixture {
    /// Starts a server that knows this key.
    pub(crate) fn with_key(key: &PrivateKey) -> Self {
        Self::start(|server| server.client_keys(CLIENT, &key.public_jwk()))
    }

    pub(crate) fn start(configure: impl FnOnce(AuthServerBuilder) -> AuthServerBuilder) -> Self {
        let clock = ManualClock::new();
        let auth = configure(AuthServer::builder()).clock(&clock).start();
        Self { auth, clock }
    }

    /// Returns a builder that knows the issuer.
    pub(crate) fn builder(&self, auth: impl Into<SharedClientAuth>) -> TokenManagerBuilder {
        ClientCredentials::builder(CLIENT, auth)
            .token_url(self.auth.token_url())
            .issuer(self.auth.issuer())
            .runtime(self.clock.clone())
            .retries(RetryPolicy::new(2).pause(Duration::ZERO))
    }

    pub(crate) fn tokens(&self, auth: impl Into<SharedClientAuth>) -> TokenManager {
        self.builder(auth).build(Transport::default()).unwrap()
    }

    /// Fetches a token, which succeeds.
    pub(crate) async fn accepts(&self, auth: impl Into<SharedClientAuth>) -> RecordedRequest {
        let outcome = self.tokens(auth).token().await;
        outcome.unwrap_or_else(|error| panic!("{error}; {:?}", self.auth.rejected_assertions()));
        self.auth.last_token_request()
    }

    /// Fetches a token, which the server rejects for this reason.
    pub(crate) async fn rejects(&self, auth: impl Into<SharedClientAuth>, reason: &str) -> OAuthProviderError {
        let error = self.tokens(auth).token().await.unwrap_err();
        let evergrant::Error::OAuthProvider(error) = error else {
            panic!("{error}")
        };
        assert_eq!(error.code(), Some("invalid_client"), "{error}");
        assert_eq!(self.auth.rejected_assertions().last(), Some(&reason));
        OAuthProviderError::clone(&error)
    }
}

pub(crate) fn key(algorithm: Algorithm) -> PrivateKey {
    PrivateKey::generate(algorithm).unwrap()
}

/// Returns header and claims of the assertion in a request.
pub(crate) fn assertion(request: &RecordedRequest) -> (Value, Value) {
    parts(&request.form_value("client_assertion").unwrap())
}

pub(crate) fn parts(assertion: &str) -> (Value, Value) {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let mut parts = assertion.split('.').map(|part| {
        let json = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&json).unwrap_or_default()
    });
    (parts.next().unwrap(), parts.next().unwrap())
}

/// A folder with a file that only its owner can read.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Replaces a file atomically, as a platform does.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let mut file = tempfile::NamedTempFile::new_in(self.0.path()).unwrap();
        std::io::Write::write_all(&mut file, content.as_bytes()).unwrap();
        file.persist(self.path(name)).unwrap();
        self.path(name)
    }
}
