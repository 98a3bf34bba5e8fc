//! The headers that a redirect to an origin that is not allowed loses: those that identify or authorize.

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, COOKIE, FORWARDED, FROM, ORIGIN, PRAGMA, PROXY_AUTHORIZATION, RANGE, REFERER,
    USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers that describe the wanted content, besides `Accept*`, `Content-*` and `If-*`. They are never removed.
const KEPT: [HeaderName; 4] = [CACHE_CONTROL, PRAGMA, RANGE, USER_AGENT];

const IDENTIFYING: [HeaderName; 7] = [
    AUTHORIZATION,
    COOKIE,
    FORWARDED,
    FROM,
    ORIGIN,
    PROXY_AUTHORIZATION,
    REFERER,
];

/// Text in the name of a header that authorizes.
const SECRET_PARTS: [&str; 14] = [
    "apikey",
    "assertion",
    "auth",
    "cookie",
    "credential",
    "csrf",
    "dpop",
    "jwt",
    "passw",
    "secret",
    "session",
    "signature",
    "token",
    "xsrf",
];

/// Words in the name of a header that authorizes or identifies.
const IDENTIFYING_WORDS: [&str; 22] = [
    "account",
    "baggage",
    "client",
    "customer",
    "device",
    "email",
    "forwarded",
    "identity",
    "ip",
    "key",
    "keys",
    "org",
    "organization",
    "otp",
    "pass",
    "pin",
    "principal",
    "sid",
    "sig",
    "tenant",
    "user",
    "username",
];

/// Removes the headers that identify or authorize, and returns their names. `defaults` are the client's headers for
/// allowed origins only.
pub(super) fn remove_identifying(headers: &mut HeaderMap, defaults: &HeaderMap) -> Vec<HeaderName> {
    let identifies = |(name, value): (&HeaderName, &HeaderValue)| {
        value.is_sensitive() || !describes_content(name) && (defaults.contains_key(name) || is_identifying(name))
    };
    let mut removed: Vec<HeaderName> = Vec::new();
    for (name, value) in headers.iter() {
        if identifies((name, value)) && removed.last() != Some(name) {
            removed.push(name.clone());
        }
    }
    for name in &removed {
        headers.remove(name);
    }
    removed
}

fn describes_content(name: &HeaderName) -> bool {
    let has_prefix = |prefix| name.as_str().starts_with(prefix);
    KEPT.contains(name) || ["accept", "content-", "if-"].into_iter().any(has_prefix)
}

fn is_identifying(name: &HeaderName) -> bool {
    let mut words = name.as_str().split(['-', '_', '.']);
    IDENTIFYING.contains(name)
        || SECRET_PARTS.iter().any(|part| name.as_str().contains(part))
        || words.any(|word| IDENTIFYING_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(headers: &[(&'static str, &'static str)], defaults: &[&'static str]) -> Vec<String> {
        let name = |name: &'static str| HeaderName::from_static(name);
        let mut headers = headers
            .iter()
            .map(|&(key, value)| (name(key), HeaderValue::from_static(value)))
            .collect();
        let defaults = defaults
            .iter()
            .map(|&key| (name(key), HeaderValue::from_static("")))
            .collect();
        let removed = remove_identifying(&mut headers, &defaults);
        removed.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn headers_that_describe_the_content_are_kept() {
        let kept = [
            ("accept", "text/plain"),
            ("accept-encoding", "identity"),
            ("cache-control", "no-cache"),
            ("content-type", "text/plain"),
            ("if-match", "\"1\""),
            ("if-modified-since", "Wed, 21 Oct 2015 07:28:00 GMT"),
            ("if-none-match", "\"1\""),
            ("if-range", "\"1\""),
            ("if-unmodified-since", "Wed, 21 Oct 2015 07:28:00 GMT"),
            ("prefer", "return=minimal"),
            ("range", "bytes=6-"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ("user-agent", "bookshop/1"),
            ("x-api-version", "2"),
        ];
        assert!(removed(&kept, &["accept", "range", "user-agent"]).is_empty());
    }

    #[test]
    fn headers_that_identify_or_authorize_are_removed() {
        for name in [
            "authorization",
            "cookie",
            "from",
            "proxy-authorization",
            "referer",
            "x-accesstoken",
            "x-amz-security-token",
            "x-api-key",
            "x-auth",
            "x-client-id",
            "x-csrf-token",
            "x-forwarded-for",
            "x-goog-iam-authority-selector",
            "x-hub-signature-256",
            "x-password",
            "x-session",
            "x-tenant",
            "x_user_email",
        ] {
            assert_eq!(removed(&[(name, "not-a-real-value")], &[]), [name]);
        }
    }

    #[test]
    fn default_headers_and_sensitive_values_are_removed() {
        assert_eq!(
            removed(&[("x-shop", "bookshop"), ("x-api-version", "2")], &["x-shop"]),
            ["x-shop"]
        );
        let mut value = HeaderValue::from_static("bytes=0-");
        value.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(RANGE, value.clone()), (RANGE, value)]);
        assert_eq!(remove_identifying(&mut headers, &HeaderMap::new()), [RANGE]);
        assert!(headers.is_empty());
    }
}
