//! Verifies the credentials of requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant_testing::{AuthServer, IssuedToken, RouteRequest};

/// Returns the user name and password of the `Authorization` header (RFC 7617).
pub(crate) fn basic(request: &RouteRequest<'_>) -> Option<(String, String)> {
    let encoded = request.header("authorization")?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// Returns the bearer token if it was issued by this server and is valid.
pub(crate) fn valid_token(request: &RouteRequest<'_>, auth: &AuthServer) -> Option<IssuedToken> {
    auth.introspect(request.bearer_token()?)
}

/// Returns whether a header was sent exactly once, with this value.
pub(crate) fn has_header(request: &RouteRequest<'_>, name: &str, value: &str) -> bool {
    let mut values = request.headers.get_all(name).iter();
    values.next().is_some_and(|first| first.as_bytes() == value.as_bytes()) && values.next().is_none()
}

/// Returns whether the query has a parameter with this value.
pub(crate) fn has_query(request: &RouteRequest<'_>, name: &str, value: &str) -> bool {
    request.query_value(name).as_deref() == Some(value)
}
