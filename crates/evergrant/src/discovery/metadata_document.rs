//! Requests one metadata document: limited in size, without redirects. Returns also how long the document may be
//! cached.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AGE, CACHE_CONTROL, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use crate::error::TransportError;
use crate::redact::{Redactor, shown_url};
use crate::response_decoding;
use crate::transport::SharedTransport;

/// Maximum size of a document, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// Maximum length of a redirect's target that is read, in bytes.
const MAX_LOCATION: usize = 1024;

/// A metadata document: a JSON object.
pub(super) struct Document {
    pub(super) members: Map<String, Value>,
    /// How long the document may be cached, if the response says so.
    pub(super) max_age: Option<Duration>,
}

/// Why a URL has no document.
pub(super) enum NoDocument {
    Transport(TransportError),
    Response {
        /// The text follows the URL in a message.
        problem: String,
        is_retryable: bool,
    },
}

/// Requests the document at this URL.
pub(super) async fn get(
    transport: &SharedTransport,
    url: &Url,
    user_agent: &HeaderValue,
) -> Result<Document, NoDocument> {
    let mut request = Request::new(Bytes::new());
    // A parsed URL is a valid URI except for a few characters in queries, which the server then rejects.
    *request.uri_mut() = url.as_str().parse().unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, user_agent.clone());
    let response = transport.send(request).await.map_err(NoDocument::Transport)?;
    let members = members(url, &response)?;
    let max_age = max_age(response.headers());
    Ok(Document { members, max_age })
}

fn members(url: &Url, response: &Response<Bytes>) -> Result<Map<String, Value>, NoDocument> {
    let status = response.status();
    let unusable = |problem: String| NoDocument::Response {
        problem,
        is_retryable: matches!(status.as_u16(), 408 | 429 | 500 | 502..=504),
    };
    if status != StatusCode::OK {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.filter(|text| text.len() <= MAX_LOCATION);
        return Err(unusable(match location.and_then(|target| url.join(target).ok()) {
            Some(target) if status.is_redirection() => {
                format!("{status} to {}, which is not followed", shown_url(&target))
            }
            _ => status.to_string(),
        }));
    }
    let text = response_decoding::text(response.headers(), response.body(), &Redactor::new([]));
    let text = text.map_err(|problem| unusable(problem.to_string()))?;
    if text.len() > MAX_BYTES {
        return Err(unusable(format!("larger than {} KiB", MAX_BYTES / 1024)));
    }
    match serde_json::from_str(&text) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(unusable("not a JSON object".to_owned())),
    }
}

/// Reads how long the response is fresh (RFC 9111 section 4.2): `max-age` without the time that it has spent in caches;
/// zero if it must not be cached.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut max_age = None;
    for directive in values.flat_map(|value| value.split(',')) {
        let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim();
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return Some(Duration::ZERO);
        }
        if name.eq_ignore_ascii_case("max-age") {
            let seconds = seconds(argument);
            // Of two values, the first counts; one that cannot be read is stale (RFC 9111 section 4.2.1).
            max_age = max_age.or(Some(seconds.unwrap_or_default()));
        }
    }
    let age = headers.get(AGE).and_then(|value| value.to_str().ok()).and_then(seconds);
    max_age.map(|max_age| max_age.saturating_sub(age.unwrap_or_default()))
}

fn seconds(text: &str) -> Option<Duration> {
    text.trim().trim_matches('"').parse().ok().map(Duration::from_secs)
}

/// Returns text of a document for a message.
pub(super) fn shown(text: &str) -> String {
    Redactor::new([]).line(text, 300)
}

/// Reads a list of strings. Elements that are not strings are ignored. `None` for any other value.
pub(super) fn strings(members: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    let values = members.get(name)?.as_array()?.iter();
    Some(values.filter_map(|value| value.as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_age_counts_without_the_age_of_the_response() {
        for (headers, expected) in [
            (&[][..], None),
            (&[("cache-control", "public")][..], None),
            (&[("cache-control", "max-age=60")][..], Some(60)),
            (
                &[("cache-control", "public, Max-Age=\"60\" , must-revalidate")][..],
                Some(60),
            ),
            (&[("cache-control", "max-age=60"), ("age", "20")][..], Some(40)),
            (&[("cache-control", "max-age=60"), ("age", "70")][..], Some(0)),
            (&[("cache-control", "max-age=60, max-age=90")][..], Some(60)),
            (&[("cache-control", "max-age=soon")][..], Some(0)),
            (
                &[("cache-control", "max-age=60"), ("cache-control", "no-store")][..],
                Some(0),
            ),
            (&[("cache-control", "no-cache")][..], Some(0)),
            (&[("age", "20")][..], None),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            assert_eq!(max_age(&map), expected.map(Duration::from_secs), "{headers:?}");
        }
    }
}
