//! Checks on responses: whether a response is complete, and whether the server expected another protocol.

use evergrant::error::TransportCause;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{StatusCode, Version};
use reqwest::{Response, Url};
use serde_json::Value;

/// Responses to plain HTTP on a TLS port: nginx, Apache, Go, Tomcat, Jetty.
const EXPECTS_TLS: [&str; 5] = [
    "plain HTTP request was sent to HTTPS port",
    "speaking plain HTTP to an SSL-enabled server port",
    "Client sent an HTTP request to an HTTPS server",
    "This combination of host and port requires TLS",
    "plain HTTP request to TLS port",
];

/// Responses of nginx to a client without a certificate, or with an untrusted one.
const EXPECTS_CERTIFICATE: [&str; 2] = ["No required SSL certificate was sent", "The SSL certificate error"];

/// Number of bytes of a body that are searched for these texts.
const MAX_SEARCH_BYTES: usize = 4096;

/// Returns whether a body whose read ended with an error is complete anyway, as when a server closes the connection
/// without TLS close_notify.
///
/// With `Content-Length` or `Transfer-Encoding`, the body is incomplete. Where the end of the connection ends the body
/// (RFC 9112 section 6.3), an attacker can truncate it: a successful response is accepted only if it is a complete JSON
/// object, whose end is known. A response with another status contains no token.
pub(crate) fn is_complete(response: &Response, body: &[u8]) -> bool {
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

/// Returns the cause of a 400 for a request with the wrong protocol, if the body shows it.
pub(crate) fn wrong_protocol(url: &Url, status: StatusCode, body: &[u8]) -> Option<TransportCause> {
    if status != StatusCode::BAD_REQUEST {
        return None;
    }
    let start = String::from_utf8_lossy(&body[..body.len().min(MAX_SEARCH_BYTES)]);
    let contains = |texts: &[&str]| texts.iter().any(|text| start.contains(text));
    match url.scheme() {
        "http" => contains(&EXPECTS_TLS).then_some(TransportCause::TlsRequired),
        _ => contains(&EXPECTS_CERTIFICATE).then_some(TransportCause::ClientCertificateRequired),
    }
}
