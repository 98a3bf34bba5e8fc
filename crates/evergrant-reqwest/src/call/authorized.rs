//! One request with credentials: what goes out, and what a refusal means.

use evergrant::origin::shown;
use evergrant::{Authorization, ReplayOutcome, Verdict};
use http::header::AUTHORIZATION;
use reqwest::{Request, Response, ResponseBuilderExt as _, Url};
use tracing::{debug, warn};

use super::{Carrier, Kept, Rules};
use crate::Error;
use crate::error::call;

pub(super) async fn send<C: Carrier>(
    rules: &Rules,
    carrier: &mut C,
    mut request: Request,
    kept: &Kept,
) -> Result<Response, C::Error> {
    let (method, url) = (kept.method(), kept.url());
    let sent = authorize(rules, &mut request).await?;
    let response = sent.answer(carrier.carry(request, kept).await?, kept)?;
    if !rules.is_refusal(&response) {
        return Ok(response);
    }
    let (again, reason) = match rules.authorizer.refused(&sent.authorization) {
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
        return Ok(response);
    };
    drop(response);
    let sent = authorize(rules, &mut again).await?;
    let response = sent.answer(carrier.carry(again, kept).await?, kept)?;
    let outcome = if rules.is_refusal(&response) {
        ReplayOutcome::Refused
    } else {
        ReplayOutcome::Accepted
    };
    rules.authorizer.replayed(&sent.authorization, outcome);
    debug!(name: "evergrant.replayed", target: "evergrant_reqwest", %method, url = shown(url),
        status = response.status().as_u16(), "the request was repeated with a new token");
    Ok(response)
}

/// What a request went out with.
struct Sent {
    authorization: Authorization,
    /// The URL, where credentials were written into it.
    url: Option<Url>,
}

async fn authorize(rules: &Rules, request: &mut Request) -> Result<Sent, Error> {
    let unfit = |problem: String| Error::Request(problem);
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    let uses_uri = rules.authorizer.uses_uri();
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
    let authorization = rules.authorizer.authorize(&mut head).await?;
    if own.is_some() && own.as_ref() != head.headers.get(AUTHORIZATION) {
        let problem = "it has an `authorization` header of its own; drop it, or make the call .unauthenticated()";
        return Err(unfit(problem.to_owned()));
    }
    *request.headers_mut() = head.headers;
    let mut url = None;
    if uses_uri && head.uri != uri {
        let written = Url::parse(&head.uri.to_string()).map_err(|error| unfit(error.to_string()))?;
        request.url_mut().clone_from(&written);
        url = Some(written);
    }
    Ok(Sent { authorization, url })
}

impl Sent {
    /// The answer, if it is one to this request: a carrier that follows redirects may have taken the credentials anywhere, and
    /// a 401 from there says nothing about them.
    fn answer(&self, response: Response, kept: &Kept) -> Result<Response, Error> {
        let (from, asked) = (response.url(), kept.url());
        if self.url.as_ref().is_some_and(|sent| sent == from) {
            return Ok(at(asked, response));
        }
        if from == asked || from.origin() == asked.origin() || names_none(from) {
            return Ok(response);
        }
        let (method, to) = (kept.method(), from.origin().ascii_serialization());
        warn!(name: "evergrant.redirected_unseen", target: "evergrant_reqwest", %method, url = shown(asked), to,
            "the HTTP client followed a redirect to another origin by itself");
        Err(Error::RedirectedUnseen {
            call: call(method, asked),
            to,
        })
    }
}

/// The response as one to the URL before credentials were written into it: reqwest shows a response's URL in its `Debug` and
/// in the errors made of it.
fn at(url: &Url, response: Response) -> Response {
    let mut response = http::Response::from(response);
    if let Ok(named) = http::Response::builder().url(url.clone()).body(()) {
        response.extensions_mut().extend(named.into_parts().0.extensions);
    }
    response.into()
}

/// What reqwest puts where a response was made by hand and names no URL, as those of a cache or a mock may be.
fn names_none(url: &Url) -> bool {
    url.host_str() == Some("no.url.provided.local")
}
