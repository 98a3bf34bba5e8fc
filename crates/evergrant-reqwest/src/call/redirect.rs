//! Follows a redirect, with the headers and credentials that its target may receive (RFC 9110 section 15.4).

use evergrant::error::Call;
use evergrant::origin::Origin;
use http::HeaderName;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION, TRANSFER_ENCODING};
use reqwest::{Body, Method, Response, StatusCode, Url};
use tracing::{debug, warn};

use super::redirect_headers::remove_identifying;
use super::{Credentials, OriginalRequest, Policy};

const BODY_HEADERS: [HeaderName; 4] = [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING];

/// Returns whether the response is a redirect with a target.
pub(super) fn is_redirect(response: &Response) -> bool {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) && response.headers().contains_key(LOCATION)
}

/// Changes the request to the next one, and returns whether it is sent with credentials. `None` when the redirect must
/// not be followed and its response is returned.
pub(super) fn follow(
    policy: &Policy,
    original: &mut OriginalRequest<'_>,
    response: &Response,
    credentials: Credentials,
) -> Option<Credentials> {
    let status = response.status();
    let location = response.headers().get(LOCATION)?;
    let (method, from) = (original.method().clone(), original.url().clone());
    let redacted = |url: &Url| Call::new(&method, url).url();
    let reject = |to: &str, reason: &str| {
        warn!(name: "evergrant.redirect_not_followed", target: "evergrant", %method, url = redacted(&from), to,
            reason, "a redirect is returned to the caller");
        None
    };
    let Some(mut to) = location.to_str().ok().and_then(|text| from.join(text).ok()) else {
        return reject("", "its target is not a URL");
    };
    if Origin::of(&to).is_none() || !to.username().is_empty() || to.password().is_some() {
        return reject(
            &redacted(&to),
            "its target is not an http or https URL, or has a user name or password",
        );
    }
    if to.fragment().is_none() {
        to.set_fragment(from.fragment());
    }

    let becomes_get = match status {
        StatusCode::SEE_OTHER => method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => method == Method::POST,
        _ => false,
    };
    let request = if becomes_get {
        Some(original.redirect_without_body())
    } else {
        original.redirect()
    };
    let Some(request) = request else {
        return reject(
            &redacted(&to),
            "the request's body is a stream, which cannot be sent twice",
        );
    };
    if becomes_get {
        *request.method_mut() = Method::GET;
        for name in &BODY_HEADERS {
            request.headers_mut().remove(name);
        }
    }
    request.url_mut().clone_from(&to);

    let same_origin = to.origin() == from.origin();
    if !same_origin {
        request.headers_mut().remove(HOST);
    }
    let allowed = policy.calls.origins().check(&to).is_ok();
    if same_origin || (allowed && credentials == Credentials::Send) {
        return Some(credentials);
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return reject(&redacted(&to), "it redirects from https to http");
    }
    if has_content(request.body()) {
        return reject(
            &redacted(&to),
            "its target is not an allowed origin, and the request has a body",
        );
    }
    let removed = remove_identifying(request.headers_mut(), &policy.headers);
    debug!(name: "evergrant.redirected_without_credentials", target: "evergrant", %method,
        url = redacted(&from), to = redacted(&to), removed = ?removed,
        "a redirect to an origin that is not allowed is followed without credentials");
    Some(Credentials::Withhold)
}

fn has_content(body: Option<&Body>) -> bool {
    body.is_some_and(|body| body.as_bytes().is_none_or(|bytes| !bytes.is_empty()))
}
