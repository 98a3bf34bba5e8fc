//! Where a redirect leads, and what may come along (RFC 9110 section 15.4).

use evergrant::origin::{Origin, shown};
use http::HeaderName;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION,
    TRANSFER_ENCODING, USER_AGENT,
};
use reqwest::{Body, Method, Request, Response, StatusCode};
use tracing::{debug, warn};

use super::kept::Kept;
use super::{Credentials, Rules};

/// What a request to an origin that is not allowed still says: nothing that could identify the program.
const HARMLESS: [HeaderName; 4] = [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, USER_AGENT];

const OF_THE_BODY: [HeaderName; 4] = [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING];

/// The next request, and whether it may carry credentials.
pub(super) struct Hop {
    pub(super) request: Request,
    pub(super) credentials: Credentials,
}

/// Whether the response is a redirect that names its target.
pub(super) fn leads_on(response: &Response) -> bool {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) && response.headers().contains_key(LOCATION)
}

/// `None` when the response is to be returned: the redirect must not be followed.
pub(super) fn follow(rules: &Rules, kept: Kept, response: &Response, credentials: Credentials) -> Option<Hop> {
    let status = response.status();
    let location = response.headers().get(LOCATION)?;
    let (method, from) = (kept.method().clone(), kept.url().clone());
    let refuse = |to: &str, reason: &str| {
        warn!(name: "evergrant.redirect_not_followed", target: "evergrant_reqwest", %method, url = shown(&from), to,
            reason, "a redirect is returned as it is");
        None
    };
    let Some(mut to) = location.to_str().ok().and_then(|text| from.join(text).ok()) else {
        return refuse("", "its target is not a URL");
    };
    if Origin::of(&to).is_none() || !to.username().is_empty() || to.password().is_some() {
        return refuse(&shown(&to), "its target is no plain http or https URL");
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
        Some(kept.without_body())
    } else {
        kept.into_whole()
    };
    let Some(mut request) = request else {
        return refuse(
            &shown(&to),
            "the request's body is a stream, which cannot be sent twice",
        );
    };
    if becomes_get {
        *request.method_mut() = Method::GET;
        for name in &OF_THE_BODY {
            request.headers_mut().remove(name);
        }
    }
    request.url_mut().clone_from(&to);

    let same_origin = to.origin() == from.origin();
    if !same_origin {
        request.headers_mut().remove(HOST);
    }
    let allowed = rules.origins.check(&to).is_ok();
    if same_origin || (allowed && credentials == Credentials::Send) {
        return Some(Hop { request, credentials });
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return refuse(&shown(&to), "it leads from https to http");
    }
    if has_content(request.body()) {
        return refuse(
            &shown(&to),
            "its target is not an allowed origin, and the request has a body",
        );
    }
    debug!(name: "evergrant.redirected_without_credentials", target: "evergrant_reqwest", %method,
        url = shown(&from), to = shown(&to), "a redirect to an origin that is not allowed is followed without credentials");
    let headers = std::mem::take(request.headers_mut());
    for name in HARMLESS {
        if let Some(value) = headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    Some(Hop {
        request,
        credentials: Credentials::Withhold,
    })
}

fn has_content(body: Option<&Body>) -> bool {
    body.is_some_and(|body| body.as_bytes().is_none_or(|bytes| !bytes.is_empty()))
}
