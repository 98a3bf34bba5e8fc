//! Connections that end without TLS close_notify: a complete response is accepted, a truncated one is an error.

use evergrant::Error;
use evergrant::error::TransportErrorKind;
use rustls::version::TLS13;

use super::server::{Pki, Server, TOKEN};

#[tokio::test]
async fn a_complete_response_is_accepted() {
    let pki = Pki::localhost();
    let length = TOKEN.len();
    for response in [
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{TOKEN}"),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{TOKEN}\r\n0\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{TOKEN}"),
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\u{feff}{TOKEN}\r\n"),
        format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{TOKEN}\n"),
    ] {
        let server = Server::tls(pki.config(&[&TLS13], false), response.clone()).await;
        let token = server.token("https", pki.transport()).await;
        // The transport accepts a byte order mark; the core may reject it.
        let is_complete = token.is_ok() || matches!(&token, Err(Error::TokenResponse(_)));
        assert!(
            is_complete && (token.is_ok() || response.contains('\u{feff}')),
            "{response}: {token:?}"
        );
        assert_eq!(server.connections(), 1, "{response}");
    }
}

#[tokio::test]
async fn a_truncated_response_is_an_error() {
    let pki = Pki::localhost();
    let (length, truncated) = (TOKEN.len(), &TOKEN[..TOKEN.len() - 1]);
    for response in [
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{truncated}"),
        // A complete object, but shorter than `content-length`.
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{TOKEN}", length + 1),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{TOKEN}\r\n"),
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{truncated}"),
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_owned(),
        // Not an object, so its end is not known.
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\naccess_token=not-a-real-token".to_owned(),
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n123".to_owned(),
    ] {
        let server = Server::tls(pki.config(&[&TLS13], false), response.clone()).await;
        let error = server.token("https", pki.transport()).await.expect_err("no token");
        let is_interrupted =
            matches!(&error, Error::Unreachable(error) if error.kind() == TransportErrorKind::Interrupted);
        assert!(is_interrupted, "{response}: {error}");
    }
}

#[tokio::test]
async fn an_error_response_without_length_keeps_its_status() {
    let pki = Pki::localhost();
    let response = "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-type: text/html\r\n\r\n<h1>Not Found</h1>";
    let server = Server::tls(pki.config(&[&TLS13], false), response).await;
    let error = server.token("https", pki.transport()).await.expect_err("no token");
    assert!(
        matches!(&error, Error::OAuthProvider(error) if error.status().as_u16() == 404),
        "{error}"
    );
}
