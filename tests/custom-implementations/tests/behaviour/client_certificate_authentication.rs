//! A custom client authentication with a certificate (RFC 8705), and a transport that replaces it at run time.

use std::sync::{Arc, Mutex, Weak};

use bytes::Bytes;
use custom_implementations::Fixture;
use evergrant::TokenRequestContext;
use evergrant::client_auth::{ClientAuth, ClientCredential};
use evergrant::error::{TransportError, TransportErrorKind};
use evergrant::runtime::BoxFuture;
use evergrant::transport::TransportIdentity;
use evergrant::{Error, SharedTransport, Transport};
use http::{Request, Response};
use tokio::sync::Semaphore;

/// The certificate type of this transport.
struct Certificate(&'static str);

/// A client authentication whose certificate can be replaced.
#[derive(Debug, Clone)]
struct TlsClientAuth(Arc<Mutex<TransportIdentity>>);

impl TlsClientAuth {
    fn new(name: &'static str) -> Self {
        Self(Arc::new(Mutex::new(identity(name))))
    }

    fn replace(&self, name: &'static str) {
        *self.0.lock().unwrap() = identity(name);
    }
}

fn identity(name: &'static str) -> TransportIdentity {
    TransportIdentity::new(name, Certificate(name))
}

impl ClientAuth for TlsClientAuth {
    fn name(&self) -> &str {
        "tls_client_auth"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        let credential = ClientCredential::new("certificate").param("client_id", request.client_id());
        Box::pin(async { Ok(vec![credential]) })
    }

    fn parameters(&self) -> &[&str] {
        &["client_id"]
    }

    fn transport_identity(&self) -> Option<TransportIdentity> {
        Some(self.0.lock().unwrap().clone())
    }
}

/// A certificate, and whether connections with it are open.
type Opened = (&'static str, Weak<()>);

/// A transport that returns the certificate as the token, after the test has released the response.
#[derive(Debug, Clone)]
struct Connections {
    certificate: &'static str,
    gate: Arc<Semaphore>,
    /// Alive while connections with this certificate are open.
    _alive: Arc<()>,
    opened: Arc<Mutex<Vec<Opened>>>,
}

impl Connections {
    fn new(responses: usize) -> Self {
        Self {
            certificate: "none",
            gate: Arc::new(Semaphore::new(responses)),
            _alive: Arc::default(),
            opened: Arc::default(),
        }
    }

    fn opened(&self) -> Vec<&'static str> {
        self.opened.lock().unwrap().iter().map(|(name, _)| *name).collect()
    }

    fn is_open(&self, name: &str) -> bool {
        let opened = self.opened.lock().unwrap();
        opened
            .iter()
            .any(|(known, alive)| *known == name && alive.upgrade().is_some())
    }
}

impl Transport for Connections {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.gate.acquire().await.expect("open").forget();
        let body = format!(
            r#"{{"access_token":"{}","token_type":"Bearer","expires_in":3600}}"#,
            self.certificate
        );
        Ok(Response::new(body.into()))
    }

    fn with_identity(&self, identity: &TransportIdentity) -> Result<SharedTransport, TransportError> {
        let Some(Certificate(name)) = identity.material() else {
            return Err(TransportError::new(TransportErrorKind::Other, "not a certificate"));
        };
        let alive = Arc::new(());
        self.opened.lock().unwrap().push((name, Arc::downgrade(&alive)));
        let certificate = name;
        Ok(Self {
            certificate,
            _alive: alive,
            ..self.clone()
        }
        .into())
    }
}

#[tokio::test]
async fn the_next_request_uses_the_new_certificate_while_the_last_one_finishes() {
    let fixture = Fixture::start();
    let certificate = TlsClientAuth::new("first");
    let connections = Connections::new(0);
    let tokens = fixture
        .client_credentials(certificate.clone())
        .build(connections.clone())
        .unwrap();

    let slow = tokio::spawn(tokens.fetch_token());
    fixture.until(|| connections.opened() == ["first"]).await;
    certificate.replace("second");
    let next = tokio::spawn(tokens.fetch_token());
    fixture.until(|| connections.opened() == ["first", "second"]).await;
    assert!(connections.is_open("first"), "its request has not ended");

    connections.gate.add_permits(2);
    let [slow, next] = [slow.await.unwrap().unwrap(), next.await.unwrap().unwrap()];
    assert_eq!(slow.access_token().expose(), "first");
    assert_eq!(next.access_token().expose(), "second");
    fixture.until(|| !connections.is_open("first")).await;

    // One transport per certificate.
    connections.gate.add_permits(3);
    for _ in 0..3 {
        assert_eq!(tokens.fetch_token().await.unwrap().access_token().expose(), "second");
    }
    assert_eq!(connections.opened(), ["first", "second"]);
}

/// A transport that does not override `with_identity`.
#[derive(Debug, Default)]
struct WithoutCertificates(evergrant_reqwest::Transport);

impl Transport for WithoutCertificates {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request).await
    }
}

#[tokio::test]
async fn a_transport_without_support_for_the_certificate_returns_an_error_and_sends_nothing() {
    let fixture = Fixture::start();
    let of_another_type = "is not one of evergrant-reqwest";
    for (transport, expected) in [
        (
            SharedTransport::from(WithoutCertificates::default()),
            "does not support client certificates",
        ),
        (
            SharedTransport::from(evergrant_reqwest::Transport::default()),
            of_another_type,
        ),
    ] {
        let tokens = fixture.client_credentials(TlsClientAuth::new("first"));
        let error = tokens.build(transport).unwrap().token().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(fixture.auth.token_requests(), 0);
}
