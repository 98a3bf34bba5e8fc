//! A custom client authentication method: an assertion that a key service signs asynchronously (RFC 7523).

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use custom_implementations::{CLIENT, Fixture, token};
use evergrant::TokenRequestContext;
use evergrant::client_auth::{ClientAuth, ClientCredential};
use evergrant::error::{CallbackKind, TransportError};
use evergrant::runtime::BoxFuture;
use evergrant::store::MemoryStore;
use evergrant::{Error, Secret};
use evergrant_reqwest::Transport;
use evergrant_testing::{MockResponse, RecordedRequest};
use http::{Request, Response};
use serde_json::{Value, json};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ISSUER: &str = "https://auth.example.com";

/// A key in a key service: signing is asynchronous, and fails a number of times first.
struct KeyService {
    key_id: &'static str,
    failures: AtomicU32,
}

impl KeyService {
    fn failing(times: u32) -> Self {
        Self {
            key_id: "key-1",
            failures: AtomicU32::new(times),
        }
    }

    async fn sign(&self, claims: &Value) -> Result<String, &'static str> {
        tokio::task::yield_now().await;
        let left = self.failures.load(Ordering::SeqCst);
        if left > 0 {
            self.failures.store(left - 1, Ordering::SeqCst);
            return Err("the key service is busy");
        }
        let header = json!({"alg": "toy", "kid": self.key_id});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        Ok(format!("{}.{}.not-a-real-signature", part(&header), part(claims)))
    }
}

impl fmt::Debug for KeyService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyService").field("key_id", &self.key_id).finish()
    }
}

impl ClientAuth for KeyService {
    fn name(&self) -> &str {
        "private_key_jwt"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        Box::pin(async move {
            let jti: [u8; 16] = request.random()?;
            let now = request.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let claims = json!({
                "iss": request.client_id(),
                "sub": request.client_id(),
                "aud": request.issuer().unwrap_or(request.token_endpoint().as_str()),
                "jti": URL_SAFE_NO_PAD.encode(jti),
                "iat": now,
                "exp": now + 60,
            });
            let assertion = self.sign(&claims).await.map_err(Error::client_auth)?;
            let credential = ClientCredential::new(self.key_id)
                .param("client_id", request.client_id())
                .param("client_assertion_type", ASSERTION_TYPE)
                .secret_param("client_assertion", Secret::from(assertion));
            Ok(vec![credential])
        })
    }

    fn parameters(&self) -> &[&str] {
        &["client_id", "client_assertion_type", "client_assertion"]
    }

    fn key_id(&self) -> Option<String> {
        Some(self.key_id.to_owned())
    }
}

fn claims(request: &RecordedRequest) -> Value {
    let assertion = request.form_value("client_assertion").unwrap();
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

#[tokio::test]
async fn each_attempt_has_its_own_assertion() {
    let fixture = Fixture::start();
    let tokens = fixture
        .client_credentials(KeyService::failing(0))
        .issuer(ISSUER)
        .retries(evergrant::RetryPolicy::new(1).pause(std::time::Duration::ZERO))
        .build(Transport::default())
        .unwrap();
    fixture.auth.next(MockResponse::new(503));
    fixture.auth.next(token("one", ""));
    assert_eq!(tokens.token().await.unwrap().access_token().expose(), "one");
    let requests = fixture.auth.requests();
    assert_eq!(requests.len(), 2);
    let [first, second] = [claims(&requests[0]), claims(&requests[1])];
    assert_ne!(first["jti"], second["jti"]);
    assert_eq!((&first["aud"], &first["sub"]), (&json!(ISSUER), &json!(CLIENT)));
    assert_eq!(first["iat"], json!(1_767_323_045), "the manager's clock");
    for request in &requests {
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.form_value("client_secret"), None);
        assert_eq!(request.form_value("client_id").as_deref(), Some(CLIENT));
        assert_eq!(
            request.form_value("client_assertion_type").as_deref(),
            Some(ASSERTION_TYPE)
        );
    }
}

#[tokio::test]
async fn nothing_is_sent_when_signing_fails_and_the_next_call_tries_again() {
    let fixture = Fixture::start();
    let tokens = fixture.client_credentials(KeyService::failing(1));
    let tokens = tokens.build(Transport::default()).unwrap();
    let error = tokens.token().await.unwrap_err();
    assert!(
        matches!(&error, Error::Callback(error) if error.kind() == CallbackKind::ClientAuth),
        "{error}"
    );
    assert!(error.to_string().contains("the key service is busy"), "{error}");
    assert_eq!(fixture.auth.token_requests(), 0);
    fixture.auth.next(token("one", ""));
    tokens.token().await.unwrap();
    // Without an issuer, the audience is the token endpoint.
    let claims = claims(&fixture.auth.last_token_request());
    assert_eq!(claims["aud"], json!(fixture.auth.token_url()));
}

/// A server that returns the whole request in its error.
#[derive(Debug)]
struct Echo;

impl evergrant::Transport for Echo {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let request = String::from_utf8_lossy(request.body()).into_owned();
        let body = json!({"error": "invalid_client", "error_description": request}).to_string();
        let response = Response::builder().status(401).body(body.into());
        Ok(response.expect("a response"))
    }
}

#[tokio::test]
async fn an_assertion_is_masked_in_server_errors() {
    let fixture = Fixture::start();
    let tokens = fixture.client_credentials(KeyService::failing(0)).build(Echo).unwrap();
    let error = tokens.token().await.unwrap_err();
    let shown = format!("{error} {error:?} {tokens:?} {:?}", tokens.status());
    assert!(shown.contains("client_assertion=[redacted]"), "{shown}");
    assert!(!shown.contains("not-a-real-signature"), "{shown}");
}

#[tokio::test]
async fn an_application_cannot_set_the_parameters_of_the_method() {
    let fixture = Fixture::start();
    for name in ["client_assertion", "client_assertion_type"] {
        let builder = fixture.client_credentials(KeyService::failing(0)).param(name, "own");
        let error = builder.build(Transport::default()).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[tokio::test]
async fn the_store_key_contains_the_method_and_its_key_id() {
    let fixture = Fixture::start();
    let key = |auth: KeyService| {
        let tokens = fixture.client_credentials(auth).store(MemoryStore::new());
        tokens.build(Transport::default()).unwrap().store_key().to_text()
    };
    let other = KeyService {
        key_id: "key-2",
        ..KeyService::failing(0)
    };
    let secret = fixture
        .client_credentials("not-a-real-secret")
        .store(MemoryStore::new());
    let secret = secret.build(Transport::default()).unwrap().store_key().to_text();
    let keys = [key(KeyService::failing(0)), key(other), secret];
    assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
    assert_eq!(keys[0], key(KeyService::failing(0)));
}

/// A store key as text.
trait ToText {
    fn to_text(self) -> String;
}

impl ToText for Option<&evergrant::store::StoreKey> {
    fn to_text(self) -> String {
        self.unwrap().to_string()
    }
}
