//! Whether a response is whole, and whether it comes from a server that was spoken to in the wrong way.

use evergrant::error::TransportCause;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{StatusCode, Version};
use reqwest::{Response, Url};
use serde_json::Value;

/// What servers answer to plain HTTP where they expect TLS: nginx, Apache, Go, Tomcat, Jetty.
const EXPECTS_TLS: [&str; 5] = [
    "plain HTTP request was sent to HTTPS port",
    "speaking plain HTTP to an SSL-enabled server port",
    "Client sent an HTTP request to an HTTPS server",
    "This combination of host and port requires TLS",
    "plain HTTP request to TLS port",
];

/// What nginx answers to a client without a certificate, or with one that it does not trust.
const EXPECTS_CERTIFICATE: [&str; 2] = ["No required SSL certificate was sent", "The SSL certificate error"];

/// How much of a body is searched for them.
const LONGEST_SEARCH: usize = 4096;

/// Whether a body that ended with an error is whole all the same, as when a server closes the connection without TLS
/// close_notify.
///
/// Where the head announces the body's end, that end was not reached. Where the connection's end is the body's (RFC
/// 9112 section 6.3), anybody on the way can cut it: of a success, only a whole JSON object is taken, which says itself
/// where it ends. Any other status brings no token.
pub(crate) fn is_whole(response: &Response, body: &[u8]) -> bool {
    let headers = response.headers();
    let ends_with_connection = response.version() <= Version::HTTP_11
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING);
    ends_with_connection && (!response.status().is_success() || is_json_object(body))
}

fn is_json_object(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).is_ok_and(|value: Value| value.is_object())
}

/// The cause behind a 400, if the server says so.
pub(crate) fn wrong_protocol(url: &Url, status: StatusCode, body: &[u8]) -> Option<TransportCause> {
    if status != StatusCode::BAD_REQUEST {
        return None;
    }
    let start = String::from_utf8_lossy(&body[..body.len().min(LONGEST_SEARCH)]);
    let says = |texts: &[&str]| texts.iter().any(|text| start.contains(text));
    match url.scheme() {
        "http" => says(&EXPECTS_TLS).then_some(TransportCause::TlsServer),
        _ => says(&EXPECTS_CERTIFICATE).then_some(TransportCause::ClientCertificate),
    }
}
