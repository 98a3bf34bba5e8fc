//! The URL of a request: a path below the base URL, or a full URL.

use evergrant::error::OriginError;
use evergrant::origin;
use reqwest::Url;

/// How full URLs start, and the scheme that a WebSocket's request has.
const SCHEMES: [(&str, Option<&str>); 4] = [
    ("http://", None),
    ("https://", None),
    ("ws://", Some("http")),
    ("wss://", Some("https")),
];

pub(super) fn resolve(base: &Url, path: &str) -> Result<Url, OriginError> {
    let is_start = |start: &str| {
        let text = path.get(..start.len());
        text.is_some_and(|text| text.eq_ignore_ascii_case(start))
    };
    let Some((_, scheme)) = SCHEMES.iter().find(|(start, _)| is_start(start)) else {
        return origin::resolve(base, path);
    };
    let mut url = Url::parse(path).map_err(|error| OriginError::invalid_url(error.to_string()))?;
    if let Some(scheme) = scheme {
        let changed = url.set_scheme(scheme);
        changed.map_err(|()| OriginError::invalid_url("it is not the URL of a WebSocket"))?;
    }
    without_user_info(url)
}

pub(super) fn without_user_info(url: Url) -> Result<Url, OriginError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OriginError::invalid_url("it contains a user name or password"));
    }
    Ok(url)
}
