//! The way of one request: authorized by its origin, repeated once after a 401, followed through redirects.

use std::sync::Arc;

use evergrant::origin::shown;
use evergrant::{Authorization, ReplayOutcome, Verdict};
use http::header::AUTHORIZATION;
use reqwest::{Request, Response, ResponseBuilderExt as _, StatusCode, Url};
use tracing::{debug, warn};

use super::kept::Kept;
use super::request::Credentials;
use super::{Shared, redirect};
use crate::Error;
use crate::error::call;

const MAX_REDIRECTS: usize = 10;

pub(super) async fn send(client: &Shared, mut request: Request, credentials: Credentials) -> Result<Response, Error> {
    let mut credentials = credentials;
    let origin = client.origins.check(request.url());
    if origin.is_ok() {
        for (name, value) in &client.headers {
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    if credentials == Credentials::Send {
        origin.map_err(|error| evergrant::Error::Origin(Arc::new(error)))?;
    }
    let mut first = None;
    for _ in 0..=MAX_REDIRECTS {
        let kept = Kept::of(&request);
        let response = match credentials {
            Credentials::Send => send_authorized(client, request, &kept).await?,
            Credentials::Withhold => execute(client, request, &kept).await?,
        };
        if !redirect::leads_on(&response) {
            return Ok(response);
        }
        first.get_or_insert_with(|| call(kept.method(), kept.url()));
        let Some(hop) = redirect::follow(client, kept, &response, credentials) else {
            return Ok(response);
        };
        request = hop.request;
        credentials = hop.credentials;
    }
    Err(Error::TooManyRedirects {
        call: first.unwrap_or_default(),
    })
}

async fn send_authorized(client: &Shared, mut request: Request, kept: &Kept) -> Result<Response, Error> {
    let (method, url) = (kept.method(), kept.url());
    let authorization = authorize(client, &mut request).await?;
    let response = execute(client, request, kept).await?;
    if !is_refusal(client, &response) {
        return Ok(at(url, response));
    }
    let (again, reason) = match client.authorizer.refused(&authorization) {
        Verdict::Repeat => (kept.again(), "its body is a stream, which cannot be sent twice"),
        Verdict::NothingToRenew => (
            None,
            "no token is among its credentials, and nothing else can be renewed",
        ),
        _ => (
            None,
            "fresh tokens are refused as well, or the application renews tokens by itself",
        ),
    };
    let Some(mut again) = again else {
        warn!(name: "evergrant.not_replayed", target: "evergrant_reqwest", %method, url = shown(url), reason,
            "the API refused the credentials, and the request is not repeated");
        return Ok(at(url, response));
    };
    drop(response);
    let authorization = authorize(client, &mut again).await?;
    let response = execute(client, again, kept).await?;
    let outcome = if is_refusal(client, &response) {
        ReplayOutcome::Refused
    } else {
        ReplayOutcome::Accepted
    };
    client.authorizer.replayed(&authorization, outcome);
    debug!(name: "evergrant.replayed", target: "evergrant_reqwest", %method, url = shown(url),
        status = response.status().as_u16(), "the request was repeated with a new token");
    Ok(at(url, response))
}

async fn authorize(client: &Shared, request: &mut Request) -> Result<Authorization, Error> {
    let unfit = |problem: String| Error::Request(problem);
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    let uses_uri = client.authorizer.uses_uri();
    if uses_uri {
        head.uri = request
            .url()
            .as_str()
            .parse()
            .map_err(|error: http::uri::InvalidUri| unfit(error.to_string()))?;
    }
    head.headers = std::mem::take(request.headers_mut());
    let uri = head.uri.clone();
    let own = head.headers.get(AUTHORIZATION).cloned();
    let authorization = client.authorizer.authorize(&mut head).await?;
    if own.is_some() && own.as_ref() != head.headers.get(AUTHORIZATION) {
        let problem = "it has an `authorization` header of its own; drop it, or make the call .unauthenticated()";
        return Err(unfit(problem.to_owned()));
    }
    *request.headers_mut() = head.headers;
    if uses_uri && head.uri != uri {
        let url = Url::parse(&head.uri.to_string()).map_err(|error| unfit(error.to_string()))?;
        *request.url_mut() = url;
    }
    Ok(authorization)
}

async fn execute(client: &Shared, request: Request, kept: &Kept) -> Result<Response, Error> {
    let response = client.http.execute(request).await;
    response.map_err(|error| Error::http(kept.method(), kept.url(), error))
}

/// The response as one to the URL before credentials were written into it: reqwest shows a response's URL in its `Debug` and
/// in the errors made of it.
fn at(url: &Url, response: Response) -> Response {
    if response.url() == url {
        return response;
    }
    let mut response = http::Response::from(response);
    if let Ok(named) = http::Response::builder().url(url.clone()).body(()) {
        response.extensions_mut().extend(named.into_parts().0.extensions);
    }
    response.into()
}

/// A 401, or whatever else `renew_when` takes for a refused token.
fn is_refusal(client: &Shared, response: &Response) -> bool {
    if response.status() == StatusCode::UNAUTHORIZED {
        return true;
    }
    client.renew_when.as_ref().is_some_and(|renew_when| {
        let (mut head, ()) = http::Response::new(()).into_parts();
        head.status = response.status();
        head.version = response.version();
        head.headers.clone_from(response.headers());
        renew_when(&head)
    })
}
