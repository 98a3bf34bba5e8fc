//! What the browser shows in the end: a plain page, without scripts, that holds nothing of the redirect but a server's error.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

/// How a visit ends.
pub(super) enum Page {
    SignedIn,
    Failed(String),
    NotFound,
    /// The sign-in was decided already.
    Late,
}

impl Page {
    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let (status, title, text) = match &self {
            Self::SignedIn => (
                StatusCode::OK,
                "You are signed in",
                "This window can be closed; the terminal goes on from here.".to_owned(),
            ),
            Self::Failed(reason) => (StatusCode::BAD_REQUEST, "You are not signed in", escaped(reason)),
            Self::NotFound => (StatusCode::NOT_FOUND, "There is nothing here", String::new()),
            Self::Late => (
                StatusCode::GONE,
                "This sign-in is over",
                "See the terminal for how it ended.".to_owned(),
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

/// A page with more in its head than every page has.
pub(super) fn document(title: &str, head: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         {head}<title>{title}</title>\n<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;\
         padding:0 1rem;color-scheme:light dark}}</style>\n<h1>{title}</h1>\n{body}\n"
    )
}

/// Text as HTML shows it.
pub(super) fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut html, character| {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
        html
    })
}
