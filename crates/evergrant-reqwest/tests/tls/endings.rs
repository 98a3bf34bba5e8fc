//! A connection that ends without TLS close_notify: a whole response is taken, and a cut one never.

use evergrant::Error;
use evergrant::error::TransportErrorKind;
use rustls::version::TLS13;

use crate::server::{Pki, Server, TOKEN};

#[tokio::test]
async fn a_whole_response_is_taken() {
    let pki = Pki::localhost();
    let length = TOKEN.len();
    for answer in [
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{TOKEN}"),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{TOKEN}\r\n0\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{TOKEN}"),
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\u{feff}{TOKEN}\r\n"),
        format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{TOKEN}\n"),
    ] {
        let server = Server::tls(pki.config(&[&TLS13], false), answer.clone()).await;
        let token = server.token("https", pki.transport()).await;
        // What the core makes of a byte order mark is not the transport's affair.
        let is_whole = token.is_ok() || matches!(&token, Err(Error::TokenResponse(_)));
        assert!(
            is_whole && (token.is_ok() || answer.contains('\u{feff}')),
            "{answer}: {token:?}"
        );
        assert_eq!(server.connections(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_response_that_is_cut_brings_no_token() {
    let pki = Pki::localhost();
    let (length, cut) = (TOKEN.len(), &TOKEN[..TOKEN.len() - 1]);
    for answer in [
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{cut}"),
        // A whole object, and more was announced.
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{TOKEN}", length + 1),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{TOKEN}\r\n"),
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{cut}"),
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_owned(),
        // Not an object: nothing says where it ends.
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\naccess_token=not-a-real-token".to_owned(),
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n123".to_owned(),
    ] {
        let server = Server::tls(pki.config(&[&TLS13], false), answer.clone()).await;
        let error = server.token("https", pki.transport()).await.expect_err("no token");
        let is_cut = matches!(&error, Error::Unreachable(error) if error.kind() == TransportErrorKind::Interrupted);
        assert!(is_cut, "{answer}: {error}");
    }
}

#[tokio::test]
async fn a_refusal_that_may_be_cut_keeps_its_status() {
    let pki = Pki::localhost();
    let answer = "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-type: text/html\r\n\r\n<h1>Not Found</h1>";
    let server = Server::tls(pki.config(&[&TLS13], false), answer).await;
    let error = server.token("https", pki.transport()).await.expect_err("no token");
    assert!(
        matches!(&error, Error::OAuthProvider(error) if error.status().as_u16() == 404),
        "{error}"
    );
}
