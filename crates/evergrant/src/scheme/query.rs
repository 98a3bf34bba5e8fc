//! A key in the query of a URL, percent-encoded (RFC 3986 section 3.4).

use std::sync::Arc;

use bytes::Bytes;
use http::Uri;
use http::uri::PathAndQuery;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::Secret;
use crate::encoding::percent_encode;
use crate::error::{Error, OriginError};

/// Encodes `key=value` in a buffer of the final size, because a growing buffer would leave copies in memory.
pub(super) fn encode(key: &str, value: &Secret) -> Secret {
    let (key, value) = (percent_encode(key), Zeroizing::new(percent_encode(value.expose())));
    let mut pair = String::with_capacity(key.len() + 1 + value.len());
    pair.push_str(&key);
    pair.push('=');
    pair.push_str(&value);
    Secret::new(pair)
}

/// Replaces all values of `key` by the encoded `pair`, and keeps everything else unchanged.
pub(super) fn set(uri: &mut Uri, key: &str, pair: &Secret) -> Result<(), Error> {
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    let pair = pair.expose();
    let mut text = Zeroizing::new(Vec::with_capacity(path.len() + query.len() + pair.len() + 2));
    text.extend_from_slice(path.as_bytes());
    text.push(b'?');
    for other in query
        .split('&')
        .filter(|other| !other.is_empty() && !is_for(other, key))
    {
        text.extend_from_slice(other.as_bytes());
        text.push(b'&');
    }
    text.extend_from_slice(pair.as_bytes());
    *uri = with_path_and_query(uri, text).ok_or_else(url_error)?;
    Ok(())
}

/// Returns whether the pair has this key, in any encoding: `api-key` is also `api%2Dkey`.
fn is_for(pair: &str, key: &str) -> bool {
    form_urlencoded::parse(pair.as_bytes())
        .next()
        .is_some_and(|(name, _)| name == key)
}

/// Returns `None` for a URL without a path (`CONNECT`, `OPTIONS *`) or one that becomes too long.
fn with_path_and_query(uri: &Uri, text: Zeroizing<Vec<u8>>) -> Option<Uri> {
    if !text.starts_with(b"/") {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(Bytes::from_owner(text)).ok()?);
    Uri::from_parts(parts).ok()
}

/// The message does not contain the URL, which contains the key.
fn url_error() -> Error {
    let problem = "it has no path to add a query with the API key to, or becomes too long";
    Error::Origin(Arc::new(OriginError::invalid_url(problem)))
}
