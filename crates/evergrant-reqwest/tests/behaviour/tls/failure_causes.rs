//! Each TLS failure has a cause and a hint. A permanent failure is not retried.

use evergrant::Error;
use evergrant::error::TransportCause;
use evergrant_reqwest::{Client, Transport};
use rcgen::{BasicConstraints, IsCa, date_time_ymd};
use rustls::version::{TLS12, TLS13};

use super::server::{Pki, Server, TOKEN, read_request};

const BOTH: &[&rustls::SupportedProtocolVersion] = &[&TLS12, &TLS13];

fn token_response() -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{TOKEN}", TOKEN.len())
}

#[track_caller]
fn check(error: &Error, cause: &TransportCause, words: &str) {
    let Error::Unreachable(unreachable) = error else {
        panic!("{error}");
    };
    assert_eq!(unreachable.transport_error().cause(), Some(cause), "{error}");
    assert!(error.to_string().contains(words), "{words}: {error}");
    assert_eq!(error.is_retryable(), !cause.is_permanent(), "{error}");
}

#[tokio::test]
async fn a_certificate_error_has_a_hint_and_is_not_retried() {
    let ca = || IsCa::Ca(BasicConstraints::Unconstrained);
    let unknown_issuer = Pki::by("another authority", &["localhost"], |_| {});
    let same_name_issuer = Pki::localhost();
    let cases = [
        (
            Pki::localhost(),
            Some(&same_name_issuer),
            TransportCause::UntrustedCertificate,
            "SSL_CERT_FILE",
        ),
        (
            Pki::localhost(),
            Some(&unknown_issuer),
            TransportCause::UntrustedCertificate,
            "SSL_CERT_FILE",
        ),
        (
            Pki::self_signed(IsCa::NoCa),
            Some(&unknown_issuer),
            TransportCause::UntrustedCertificate,
            "tls_certs_merge",
        ),
        (
            Pki::self_signed(ca()),
            None,
            TransportCause::CaUsedAsEndEntity,
            "CA:TRUE",
        ),
        (
            Pki::new(&["other.example.com"], |_| {}),
            None,
            TransportCause::HostNameMismatch,
            "other.example.com",
        ),
        (
            Pki::new(&["localhost"], |params| params.not_after = date_time_ymd(2020, 1, 1)),
            None,
            TransportCause::ExpiredCertificate,
            "clock",
        ),
        (
            Pki::new(&["localhost"], |params| params.not_before = date_time_ymd(2090, 1, 1)),
            None,
            TransportCause::CertificateNotYetValid,
            "clock",
        ),
    ];
    for (pki, trusted, cause, words) in cases {
        let server = Server::tls(pki.config(BOTH, false), token_response()).await;
        let error = server.token("https", trusted.unwrap_or(&pki).transport()).await;
        check(&error.expect_err("no token"), &cause, words);
        assert_eq!(server.connections(), 1, "{cause:?}");
    }
}

#[tokio::test]
async fn a_trusted_self_signed_certificate_is_accepted() {
    let pki = Pki::self_signed(IsCa::ExplicitNoCa);
    let server = Server::tls(pki.config(BOTH, false), token_response()).await;
    server.token("https", pki.transport()).await.expect("a token");
}

#[tokio::test]
async fn a_missing_client_certificate_or_tls_version_has_a_cause() {
    let pki = Pki::localhost();
    for (versions, cause, words) in [
        (
            &[&TLS13][..],
            TransportCause::ClientCertificateRequired,
            "client certificate",
        ),
        (
            &[&TLS12][..],
            TransportCause::ClientCertificateRequired,
            "client certificate",
        ),
    ] {
        let server = Server::tls(pki.config(versions, true), token_response()).await;
        let error = server.token("https", pki.transport()).await.expect_err("no token");
        check(&error, &cause, words);
        assert_eq!(server.connections(), 1);
    }
    let server = Server::tls(pki.config(&[&TLS13], false), token_response()).await;
    let certificate = reqwest::Certificate::from_pem(pki.authority.as_bytes()).expect("PEM");
    let old = Transport::from_builder(|| {
        let builder = reqwest::Client::builder().tls_certs_only([certificate.clone()]);
        builder.tls_version_max(reqwest::tls::Version::TLS_1_2)
    });
    let error = server.token("https", old.expect("a transport")).await;
    check(
        &error.expect_err("no token"),
        &TransportCause::IncompatibleTls,
        "TLS versions",
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_wrong_url_scheme_has_a_cause() {
    let pki = Pki::localhost();
    let nginx = "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>";
    let go = "Client sent an HTTP request to an HTTPS server.\n";
    let bad_request = |body: &str| {
        format!(
            "HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let cases = [
        (
            Server::plain(bad_request("")).await,
            "https",
            TransportCause::TlsNotSupported,
            "http://",
        ),
        (
            Server::plain("SSH-2.0-OpenSSH_9.7\r\n").await,
            "https",
            TransportCause::TlsNotSupported,
            "TLS",
        ),
        (
            Server::plain(bad_request(nginx)).await,
            "http",
            TransportCause::TlsRequired,
            "https://",
        ),
        (
            Server::plain(bad_request(go)).await,
            "http",
            TransportCause::TlsRequired,
            "https://",
        ),
        // A TLS alert: a fixed one, and the one of rustls.
        (
            Server::plain(*b"\x15\x03\x01\x00\x02\x02\x46").await,
            "http",
            TransportCause::MalformedResponse,
            "https://",
        ),
        (
            Server::tls(pki.config(BOTH, false), "").await,
            "http",
            TransportCause::MalformedResponse,
            "https://",
        ),
        (
            Server::plain("HTTP/1.1 200 OK\r\nbad header\r\n\r\n").await,
            "http",
            TransportCause::MalformedResponse,
            "HTTP",
        ),
    ];
    for (server, scheme, cause, words) in cases {
        let error = server.token(scheme, pki.transport()).await.expect_err("no token");
        check(&error, &cause, words);
        assert_eq!(server.connections(), 1, "{error}");
    }
    let requires_certificate = bad_request("<title>400 No required SSL certificate was sent</title>");
    let server = Server::tls(pki.config(BOTH, false), requires_certificate).await;
    let error = server.token("https", pki.transport()).await.expect_err("no token");
    check(&error, &TransportCause::ClientCertificateRequired, "client certificate");
}

#[tokio::test]
async fn transient_failures_are_retried() {
    let pki = Pki::localhost();
    let closing = Server::start(|mut stream| async move {
        read_request(&mut stream).await;
    })
    .await;
    let error = closing.token("http", pki.transport()).await.expect_err("no token");
    check(&error, &TransportCause::ClosedWithoutResponse, "https://");
    assert_eq!(closing.connections(), 3);

    let closes_early = Server::plain("").await;
    let error = closes_early
        .token("https", pki.transport())
        .await
        .expect_err("no token");
    check(&error, &TransportCause::ClosedDuringHandshake, "handshake");
    assert_eq!(closes_early.connections(), 3);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let builder = evergrant::ClientCredentials::builder("shop", "not-a-real-secret")
        .token_url(format!("https://127.0.0.1:{port}/token"));
    let tokens = builder.retries(0).build(pki.transport()).expect("a manager");
    let error = tokens.token().await.expect_err("no token");
    check(&error, &TransportCause::ConnectionRefused, "no server listens");
}

/// API calls use the same causes as token requests.
#[tokio::test]
async fn api_calls_have_the_same_hints() {
    let (pki, unknown_issuer) = (Pki::localhost(), Pki::localhost());
    let server = Server::tls(pki.config(BOTH, false), token_response()).await;
    let certificate = reqwest::Certificate::from_pem(unknown_issuer.authority.as_bytes()).expect("PEM");
    let client = Client::builder(evergrant::Requirement::none())
        .http(|| reqwest::Client::builder().tls_certs_only([certificate.clone()]))
        .base_url(format!("https://localhost:{}/", server.port))
        .build()
        .expect("a client");
    let error = client.get("books").send().await.expect_err("no response");
    assert_eq!(error.transport_cause(), Some(TransportCause::UntrustedCertificate));
    assert!(
        error.to_string().contains("SSL_CERT_FILE") && !error.is_retryable(),
        "{error}"
    );
}
