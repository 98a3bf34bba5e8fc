//! Client certificates (RFC 8705), against a server that binds tokens to the certificate of the connection.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant::store::MemoryStore;
use evergrant::{BuildError, ClientCredentials, Error, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::{Client, ClientCertificate, TlsClientAuth, Transport};
use evergrant_testing::{LogCapture, ManualClock};
use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::server::{Pki, Server};

/// Accepts every client certificate, after the client has proven that it holds its key.
#[derive(Debug)]
struct AnyCertificate(CryptoProvider);

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }
}

/// What the server has seen, and how it responds.
#[derive(Default)]
struct Seen {
    /// The certificates of issued tokens, by token.
    tokens: HashMap<String, String>,
    token_requests: Vec<(String, String)>,
    /// The status of each API call.
    calls: Vec<u16>,
    /// The confirmation in token responses: `cnf` in the response, or in a JWT.
    confirmation: Option<(&'static str, String)>,
}

/// An authorization server with an API.
struct Certified {
    pki: Pki,
    server: Server,
    seen: Arc<Mutex<Seen>>,
    clock: ManualClock,
    folder: tempfile::TempDir,
}

impl Certified {
    async fn start() -> Self {
        let pki = Pki::localhost();
        let verifier = Arc::new(AnyCertificate(aws_lc_rs::default_provider()));
        let config = pki.config_with(verifier);
        let (acceptor, seen) = (
            TlsAcceptor::from(Arc::new(config)),
            Arc::new(Mutex::new(Seen::default())),
        );
        let shared = Arc::clone(&seen);
        let server = Server::start(move |stream: TcpStream| {
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&shared));
            async move {
                let port = stream.local_addr().expect("an address").port();
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let certificates = stream.get_ref().1.peer_certificates();
                let certificate = certificates.and_then(<[_]>::first).map(thumbprint).unwrap_or_default();
                while let Some(request) = read(&mut stream).await {
                    let response = respond(&mut seen.lock().unwrap(), port, &certificate, &request);
                    if stream.write_all(response.as_bytes()).await.is_err() || stream.flush().await.is_err() {
                        return;
                    }
                }
            }
        })
        .await;
        let (clock, folder) = (ManualClock::new(), tempfile::tempdir().unwrap());
        Self {
            pki,
            server,
            seen,
            clock,
            folder,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.server.port)
    }

    fn settings(&self) -> impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static {
        let authority = reqwest::Certificate::from_pem(self.pki.authority.as_bytes()).unwrap();
        move || reqwest::Client::builder().tls_certs_only([authority.clone()])
    }

    fn transport(&self) -> Transport {
        Transport::from_settings(self.settings()).unwrap()
    }

    fn certificate(&self) -> ClientCertificate {
        ClientCertificate::from_files(self.folder.path().join("tls.crt"), self.folder.path().join("tls.key"))
    }

    fn builder(&self, auth: TlsClientAuth) -> TokenManagerBuilder {
        let builder = ClientCredentials::builder("shop", auth).runtime(self.clock.clone());
        builder.token_url(self.url("/token")).retries(0)
    }

    fn tokens(&self) -> TokenManager {
        let auth = TlsClientAuth::new(self.certificate());
        self.builder(auth).build(self.transport()).unwrap()
    }

    fn client(&self, tokens: &TokenManager) -> Client {
        let builder = Client::builder(tokens.clone()).base_url(self.url("/"));
        builder.http_settings(self.settings()).build().unwrap()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// Writes a new certificate of this key, the certificate first.
    fn write(&self, key: &KeyPair) -> String {
        let certificate = CertificateParams::new(vec!["shop".to_owned()])
            .unwrap()
            .self_signed(key)
            .unwrap();
        replace(&self.folder.path().join("tls.crt"), &certificate.pem());
        replace(&self.folder.path().join("tls.key"), &key.serialize_pem());
        thumbprint(certificate.der())
    }
}

/// Replaces a file atomically, as a platform does.
fn replace(path: &Path, content: &str) {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    std::io::Write::write_all(&mut file, content.as_bytes()).unwrap();
    file.persist(path).unwrap();
}

fn thumbprint(certificate: &CertificateDer<'_>) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(certificate))
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

/// Reads a request: its head and its body.
async fn read(stream: &mut tokio_rustls::server::TlsStream<TcpStream>) -> Option<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}

fn respond(seen: &mut Seen, port: u16, certificate: &str, (head, body): &(String, String)) -> String {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, json) = match path {
        "/token" if certificate.is_empty() => (401, r#"{"error":"invalid_client"}"#.to_owned()),
        "/token" => {
            seen.token_requests.push((head.clone(), body.clone()));
            let name = format!("token-{}", seen.token_requests.len());
            let (token, member) = match &seen.confirmation {
                None => (name, String::new()),
                Some(("jwt", key)) => {
                    let claims = format!(r#"{{"jti":"{name}","cnf":{{"x5t#S256":"{key}"}}}}"#);
                    (format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)), String::new())
                }
                Some((_, key)) => (name, format!(r#","cnf":{{"x5t#S256":"{key}"}}"#)),
            };
            seen.tokens.insert(token.clone(), certificate.to_owned());
            let json = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600{member}}}"#);
            (200, json)
        }
        "/.well-known/oauth-authorization-server" => {
            let server = format!("https://localhost:{port}");
            let json = format!(
                r#"{{"issuer":"{server}","token_endpoint":"{server}/plain",
                "token_endpoint_auth_methods_supported":["tls_client_auth"],
                "mtls_endpoint_aliases":{{"token_endpoint":"{server}/token"}}}}"#
            );
            (200, json)
        }
        "/books" => {
            let token = head
                .lines()
                .find_map(|line| line.strip_prefix("authorization: bearer "));
            let bound = token.and_then(|token| {
                let known = seen
                    .tokens
                    .iter()
                    .find(|(known, _)| known.to_ascii_lowercase() == token);
                known.map(|(_, certificate)| certificate.clone())
            });
            let status = if bound.as_deref() == Some(certificate) {
                200
            } else {
                401
            };
            seen.calls.push(status);
            (status, "[]".to_owned())
        }
        _ => (404, "{}".to_owned()),
    };
    format!(
        "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
        json.len()
    )
}

async fn status(client: &Client) -> u16 {
    client.get("books").send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_certificate_in_place_of_a_secret_is_presented_to_the_server_and_to_the_api() {
    let fixture = Certified::start().await;
    let own = fixture.write(&key());
    let tokens = fixture.tokens();
    let client = fixture.client(&tokens);
    for _ in 0..2 {
        assert_eq!(status(&client).await, 200);
    }
    assert_eq!(
        tokens.token().await.unwrap().bound_key("x5t#S256").as_deref(),
        Some(own.as_str())
    );
    let seen = fixture.seen();
    let [(head, body)] = &seen.token_requests[..] else {
        panic!("{}", seen.token_requests.len())
    };
    assert_eq!(body, "grant_type=client_credentials&client_id=shop");
    assert!(!head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn a_token_of_a_certificate_that_was_renewed_with_the_same_key_is_replaced() {
    let fixture = Certified::start().await;
    let key = key();
    let first = fixture.write(&key);
    let tokens = fixture.tokens();
    let client = fixture.client(&tokens);
    assert_eq!(status(&client).await, 200);
    let second = fixture.write(&key);
    assert_ne!(first, second);
    fixture.clock.advance(Duration::from_secs(1));
    assert_eq!(status(&client).await, 200);
    let seen = fixture.seen();
    assert_eq!((seen.token_requests.len(), &seen.calls[..]), (2, &[200, 200][..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_call_of_fifty_callers_fails_while_the_certificate_changes_ten_times() {
    let fixture = Certified::start().await;
    fixture.write(&key());
    let client = fixture.client(&fixture.tokens());
    for _ in 0..10 {
        let call = |client: Client| tokio::spawn(async move { status(&client).await });
        let calls: Vec<_> = (0..50).map(|_| call(client.clone())).collect();
        fixture.write(&key());
        fixture.clock.advance(Duration::from_secs(1));
        for call in calls {
            assert_eq!(call.await.unwrap(), 200);
        }
    }
    let seen = fixture.seen();
    assert!(
        seen.calls.iter().all(|status| *status == 200),
        "no request was rejected"
    );
    assert!(seen.token_requests.len() <= 11, "{}", seen.token_requests.len());
}

#[tokio::test]
async fn the_alias_of_the_token_endpoint_is_used() {
    let fixture = Certified::start().await;
    fixture.write(&key());
    let auth = TlsClientAuth::new(fixture.certificate());
    let builder = |auth| {
        ClientCredentials::builder("shop", auth)
            .issuer(fixture.url(""))
            .retries(0)
    };
    builder(auth).build(fixture.transport()).unwrap().token().await.unwrap();
    // The server does not list the other method.
    let other = TlsClientAuth::self_signed(fixture.certificate());
    let error = builder(other)
        .build(fixture.transport())
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`self_signed_tls_client_auth`"), "{error}");
}

#[tokio::test]
async fn a_token_that_is_bound_to_another_certificate_is_an_error() {
    for place in ["jwt", "response"] {
        let fixture = Certified::start().await;
        let own = fixture.write(&key());
        for (bound, accepted) in [(own.as_str(), true), ("another", false)] {
            fixture.seen().confirmation = Some((place, bound.to_owned()));
            match fixture.tokens().token().await {
                Ok(_) => assert!(accepted, "{place}"),
                Err(error) => {
                    assert!(!accepted && matches!(error, Error::TokenResponse(_)), "{error}");
                    assert!(error.to_string().contains("bound to another key"), "{error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_half_replaced_certificate_leaves_the_last_one_in_use() {
    let fixture = Certified::start().await;
    fixture.write(&key());
    let client = fixture.client(&fixture.tokens());
    assert_eq!(status(&client).await, 200);
    let logs = LogCapture::new();
    let _guard = logs.install();
    let other = CertificateParams::new(vec!["shop".to_owned()])
        .unwrap()
        .self_signed(&key())
        .unwrap();
    let path = fixture.folder.path().join("tls.crt");
    for content in [other.pem().as_str(), "", "-----BEGIN CERTIFICATE-----\n"] {
        replace(&path, content);
        fixture.clock.advance(Duration::from_secs(1));
        assert_eq!(status(&client).await, 200);
    }
    std::fs::remove_file(path).unwrap();
    fixture.clock.advance(Duration::from_secs(1));
    assert_eq!(status(&client).await, 200);
    assert_eq!(logs.by_name("evergrant.certificate_ignored").len(), 4);
    assert_eq!(fixture.seen().token_requests.len(), 1);
}

#[tokio::test]
async fn processes_share_a_token_only_with_the_same_certificate() {
    let fixture = Certified::start().await;
    let store_key = || {
        let auth = TlsClientAuth::new(fixture.certificate());
        let tokens = fixture
            .builder(auth)
            .store(MemoryStore::new())
            .build(fixture.transport());
        tokens.unwrap().store_key().unwrap().to_string()
    };
    fixture.write(&key());
    let first = store_key();
    assert_eq!(first, store_key());
    fixture.write(&key());
    assert_ne!(first, store_key());
}

#[tokio::test]
async fn an_unusable_certificate_is_an_error_with_its_cause_and_shows_no_key() {
    let (one, other) = (key(), key());
    let certificate = CertificateParams::new(vec!["shop".to_owned()])
        .unwrap()
        .self_signed(&one)
        .unwrap()
        .pem();
    for (certificate, key, problem) in [
        (
            certificate.as_str(),
            other.serialize_pem(),
            "does not fit the certificate",
        ),
        (certificate.as_str(), "no key".to_owned(), "the key cannot be read"),
        ("no certificate", one.serialize_pem(), "contains no certificate"),
    ] {
        let error = ClientCertificate::from_pem(certificate, key.as_str()).unwrap_err();
        assert!(matches!(error, BuildError::InvalidSetting { .. }), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
        assert!(!error.to_string().contains("PRIVATE KEY"), "{error}");
    }
    let usable = ClientCertificate::from_pem(&certificate, one.serialize_pem().as_str()).unwrap();
    assert!(!format!("{usable:?}").contains("PRIVATE KEY"));
    let missing = TlsClientAuth::new(ClientCertificate::from_files("/missing.crt", "/missing.key"));
    let builder = ClientCredentials::builder("shop", missing).token_url("https://auth.example.com/token");
    let error = builder.build(Transport::default()).unwrap_err().to_string();
    assert!(
        error.contains("/missing.crt") && error.contains("check the path"),
        "{error}"
    );
}

#[tokio::test]
async fn an_http_client_that_cannot_be_built_again_is_an_error_before_anything_is_sent() {
    let fixture = Certified::start().await;
    fixture.write(&key());
    let finished = (fixture.settings())()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let auth = TlsClientAuth::new(fixture.certificate());
    let tokens = fixture
        .builder(auth)
        .build(Transport::from_client(finished.clone()).unwrap())
        .unwrap();
    let error = tokens.token().await.unwrap_err().to_string();
    assert!(error.contains("Transport::from_settings"), "{error}");
    let client = Client::builder(fixture.tokens())
        .base_url(fixture.url("/"))
        .http_client(finished)
        .build()
        .unwrap();
    let error = client.get("books").send().await.unwrap_err().to_string();
    assert!(error.contains("ClientBuilder::http_settings"), "{error}");
    assert!(fixture.seen().calls.is_empty());
}
