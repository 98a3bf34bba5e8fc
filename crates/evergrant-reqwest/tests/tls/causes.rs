//! Each failure has its cause and a hint; one that stays is tried once.

use evergrant::Error;
use evergrant::error::TransportCause;
use evergrant_reqwest::{Client, Transport};
use rcgen::{BasicConstraints, IsCa, date_time_ymd};
use rustls::version::{TLS12, TLS13};

use crate::server::{Pki, Server, TOKEN, read_request};

const BOTH: &[&rustls::SupportedProtocolVersion] = &[&TLS12, &TLS13];

fn answer() -> String {
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
async fn a_certificate_that_is_refused_says_what_to_do_and_is_asked_for_once() {
    let ca = || IsCa::Ca(BasicConstraints::Unconstrained);
    let stranger = Pki::by("another authority", &["localhost"], |_| {});
    let namesake = Pki::localhost();
    let cases = [
        (
            Pki::localhost(),
            Some(&namesake),
            TransportCause::UntrustedCertificate,
            "SSL_CERT_FILE",
        ),
        (
            Pki::localhost(),
            Some(&stranger),
            TransportCause::UntrustedCertificate,
            "SSL_CERT_FILE",
        ),
        (
            Pki::self_signed(IsCa::NoCa),
            Some(&stranger),
            TransportCause::UntrustedCertificate,
            "tls_certs_merge",
        ),
        (
            Pki::self_signed(ca()),
            None,
            TransportCause::AuthorityAsServer,
            "CA:TRUE",
        ),
        (
            Pki::new(&["other.example.com"], |_| {}),
            None,
            TransportCause::WrongHostName,
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
        let server = Server::tls(pki.config(BOTH, false), answer()).await;
        let error = server.token("https", trusted.unwrap_or(&pki).transport()).await;
        check(&error.expect_err("no token"), &cause, words);
        assert_eq!(server.connections(), 1, "{cause:?}");
    }
}

#[tokio::test]
async fn a_self_signed_certificate_that_is_no_authoritys_is_taken_where_it_is_trusted() {
    let pki = Pki::self_signed(IsCa::ExplicitNoCa);
    let server = Server::tls(pki.config(BOTH, false), answer()).await;
    server.token("https", pki.transport()).await.expect("a token");
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_or_another_version_says_so() {
    let pki = Pki::localhost();
    for (versions, cause, words) in [
        (&[&TLS13][..], TransportCause::ClientCertificate, "client certificate"),
        (&[&TLS12][..], TransportCause::ClientCertificate, "client certificate"),
    ] {
        let server = Server::tls(pki.config(versions, true), answer()).await;
        let error = server.token("https", pki.transport()).await.expect_err("no token");
        check(&error, &cause, words);
        assert_eq!(server.connections(), 1);
    }
    let server = Server::tls(pki.config(&[&TLS13], false), answer()).await;
    let certificate = reqwest::Certificate::from_pem(pki.authority.as_bytes()).expect("PEM");
    let old = Transport::from_builder(|| {
        let builder = reqwest::Client::builder().tls_certs_only([certificate.clone()]);
        builder.tls_version_max(reqwest::tls::Version::TLS_1_2)
    });
    let error = server.token("https", old.expect("a transport")).await;
    check(
        &error.expect_err("no token"),
        &TransportCause::NoCommonTls,
        "TLS versions",
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_scheme_that_is_not_the_servers_is_named() {
    let pki = Pki::localhost();
    let nginx = "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>";
    let go = "Client sent an HTTP request to an HTTPS server.\n";
    let bad = |body: &str| {
        format!(
            "HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let cases = [
        (
            Server::plain(bad("")).await,
            "https",
            TransportCause::PlainServer,
            "http://",
        ),
        (
            Server::plain("SSH-2.0-OpenSSH_9.7\r\n").await,
            "https",
            TransportCause::PlainServer,
            "TLS",
        ),
        (
            Server::plain(bad(nginx)).await,
            "http",
            TransportCause::TlsServer,
            "https://",
        ),
        (
            Server::plain(bad(go)).await,
            "http",
            TransportCause::TlsServer,
            "https://",
        ),
        // A TLS alert, and what rustls says itself.
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
    let wants = bad("<title>400 No required SSL certificate was sent</title>");
    let server = Server::tls(pki.config(BOTH, false), wants).await;
    let error = server.token("https", pki.transport()).await.expect_err("no token");
    check(&error, &TransportCause::ClientCertificate, "client certificate");
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let pki = Pki::localhost();
    let closing = Server::start(|mut stream| async move {
        read_request(&mut stream).await;
    })
    .await;
    let error = closing.token("http", pki.transport()).await.expect_err("no token");
    check(&error, &TransportCause::ClosedUnanswered, "https://");
    assert_eq!(closing.connections(), 3);

    let hasty = Server::plain("").await;
    let error = hasty.token("https", pki.transport()).await.expect_err("no token");
    check(&error, &TransportCause::ClosedInHandshake, "handshake");
    assert_eq!(hasty.connections(), 3);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let builder = evergrant::ClientCredentials::new("shop", "not-a-real-secret")
        .token_url(format!("https://127.0.0.1:{port}/token"));
    let tokens = builder.retries(0).build(pki.transport()).expect("a manager");
    let error = tokens.token().await.expect_err("no token");
    check(&error, &TransportCause::ConnectionRefused, "nothing listens");
}

/// The cause is the library's, so that it is the same for an API's certificate.
#[tokio::test]
async fn an_api_call_has_the_same_hints() {
    let (pki, stranger) = (Pki::localhost(), Pki::localhost());
    let server = Server::tls(pki.config(BOTH, false), answer()).await;
    let certificate = reqwest::Certificate::from_pem(stranger.authority.as_bytes()).expect("PEM");
    let client = Client::builder(evergrant::Requirement::none())
        .http(|| reqwest::Client::builder().tls_certs_only([certificate.clone()]))
        .base_url(format!("https://localhost:{}/", server.port))
        .build()
        .expect("a client");
    let error = client.get("books").send().await.expect_err("no answer");
    assert_eq!(error.transport_cause(), Some(TransportCause::UntrustedCertificate));
    assert!(
        error.to_string().contains("SSL_CERT_FILE") && !error.is_retryable(),
        "{error}"
    );
}
