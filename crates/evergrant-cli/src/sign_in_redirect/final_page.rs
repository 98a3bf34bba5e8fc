//! The page that the browser shows at the end: no scripts, and no part of the redirect except the server's error.

use bytes::Bytes;
use html_escape::encode_quoted_attribute;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

/// The response to a visit.
pub(super) enum Page {
    SignedIn,
    Failed(String),
    NotFound,
    /// The sign-in has already ended.
    Gone,
}

impl Page {
    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let (status, title, text) = match &self {
            Self::SignedIn => (
                StatusCode::OK,
                "You are signed in",
                "You can close this window and return to the terminal.".to_owned(),
            ),
            Self::Failed(reason) => (
                StatusCode::BAD_REQUEST,
                "You are not signed in",
                encode_quoted_attribute(reason).into_owned(),
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, "Page not found", String::new()),
            Self::Gone => (
                StatusCode::GONE,
                "This sign-in has ended",
                "See the terminal for the result.".to_owned(),
            ),
        };
        let page = document(title, "", &format!("<p>{text}</p>"));
        let mut response = Response::new(Full::new(Bytes::from(page)));
        *response.status_mut() = status;
        for (name, value) in [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
            (REFERRER_POLICY, "no-referrer"),
            (CACHE_CONTROL, "no-store"),
            (CONNECTION, "close"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// An HTML page with `head` added to the common head.
pub(super) fn document(title: &str, head: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         {head}<title>{title}</title>\n<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;\
         padding:0 1rem;color-scheme:light dark}}</style>\n<h1>{title}</h1>\n{body}\n"
    )
}
