//! Checks the credentials that requests bring.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant_testing::{AuthServer, IssuedToken, RouteRequest};

/// The name and password of the `Authorization` header (RFC 7617).
pub(crate) fn basic(request: &RouteRequest<'_>) -> Option<(String, String)> {
    let encoded = request.header("authorization")?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// The bearer token, if it is one of this server's that is good.
pub(crate) fn issued(request: &RouteRequest<'_>, auth: &AuthServer) -> Option<IssuedToken> {
    auth.issued(request.bearer_token()?)
}

/// Whether a header was sent once, with this value.
pub(crate) fn has_header(request: &RouteRequest<'_>, name: &str, value: &str) -> bool {
    let mut sent = request.headers.get_all(name).iter();
    sent.next().is_some_and(|sent| sent.as_bytes() == value.as_bytes()) && sent.next().is_none()
}

/// Whether the query has a parameter with this value.
pub(crate) fn has_query(request: &RouteRequest<'_>, name: &str, value: &str) -> bool {
    request.query_value(name).as_deref() == Some(value)
}
