//! One request with credentials: what goes out, and what a refusal means.

use evergrant::origin::shown;
use evergrant::{Authorization, ReplayOutcome, Verdict};
use http::Uri;
use http::header::AUTHORIZATION;
use reqwest::{Request, Response, ResponseBuilderExt as _, Url};
use tracing::{debug, warn};

use super::{Carrier, Kept, Rules};
use crate::Error;

/// What the answer to an authorized request comes to: the answer itself, or, after a refusal, that to the request's repetition.
pub(super) async fn settle<C: Carrier>(
    rules: &Rules,
    carrier: &mut C,
    sent: Sent,
    response: Response,
    kept: &Kept,
) -> Result<Response, C::Error> {
    let response = sent.answer(response, kept)?;
    if !rules.is_refusal(&response) {
        return Ok(response);
    }
    let (again, reason) = match rules.authorizer.refused(&sent.authorization) {
        Verdict::Repeat => (kept.again(), "its body is a stream, which cannot be sent twice"),
        Verdict::NothingToRenew => (
            None,
            "no token is among its credentials, and nothing else can be renewed",
        ),
        _ => (None, NOT_RENEWED),
    };
    match again {
        Some(again) => Box::pin(repeat(rules, carrier, sent.authorization, response, again, kept)).await,
        None => Ok(not_repeated(response, kept, reason)),
    }
}

const NOT_RENEWED: &str = "fresh tokens are refused as well, or the application renews tokens by itself";

fn not_repeated(response: Response, kept: &Kept, reason: &str) -> Response {
    let (method, url) = (kept.method(), kept.url());
    warn!(name: "evergrant.not_replayed", target: "evergrant_reqwest", %method, url = shown(url), reason,
        "the API refused the credentials, and the request is not repeated");
    response
}

/// The answer to the repetition; beside a session it may take two. It is the refusal itself where there is no other token.
async fn repeat<C: Carrier>(
    rules: &Rules,
    carrier: &mut C,
    mut refused: Authorization,
    mut response: Response,
    mut again: Request,
    kept: &Kept,
) -> Result<Response, C::Error> {
    let (method, url) = (kept.method(), kept.url());
    let mut is_last = false;
    loop {
        let sent = authorize(rules, &mut again, kept).await?;
        if sent.authorization == refused {
            return Ok(not_repeated(response, kept, NOT_RENEWED));
        }
        drop(response);
        response = sent.answer(carrier.carry(again, kept).await?, kept)?;
        let outcome = if rules.is_refusal(&response) {
            ReplayOutcome::Refused
        } else {
            ReplayOutcome::Accepted
        };
        rules.authorizer.replayed(&refused, &sent.authorization, outcome);
        debug!(name: "evergrant.replayed", target: "evergrant_reqwest", %method, url = shown(url),
            status = response.status().as_u16(), "the request was repeated with a new token");
        if is_last
            || outcome == ReplayOutcome::Accepted
            || rules.authorizer.refused_again(&refused, &sent.authorization) != Verdict::Repeat
        {
            return Ok(response);
        }
        let Some(once_more) = kept.again() else {
            return Ok(response);
        };
        (again, refused, is_last) = (once_more, sent.authorization, true);
    }
}

/// What a request went out with.
pub(super) struct Sent {
    authorization: Authorization,
    /// The URL, where credentials were written into it.
    url: Option<Url>,
}

pub(super) async fn authorize(rules: &Rules, request: &mut Request, kept: &Kept) -> Result<Sent, Error> {
    let headers = request.headers_mut();
    if !headers.contains_key(AUTHORIZATION)
        && let Some(authorization) = rules.authorizer.authorize_headers_now(headers)
    {
        let url = None;
        return Ok(Sent { authorization, url });
    }
    // Boxed, for most calls find their token at hand, and would carry the room for it about.
    let outcome = Box::pin(authorize_head(rules, request)).await;
    outcome.map_err(|error| error.for_call(kept.call()))
}

async fn authorize_head(rules: &Rules, request: &mut Request) -> Result<Sent, Error> {
    let unfit = |problem: String| Error::Request(problem);
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    let uri: Result<Uri, _> = request.url().as_str().parse();
    let uri = uri.map_err(|error| unfit(error.to_string()))?;
    head.uri = uri.clone();
    head.headers = std::mem::take(request.headers_mut());
    let own = head.headers.get(AUTHORIZATION).cloned();
    let authorization = rules.authorizer.authorize(&mut head).await?;
    if own.is_some() && own.as_ref() != head.headers.get(AUTHORIZATION) {
        let problem = "it has an `authorization` header of its own; drop it, or make the call .unauthenticated()";
        return Err(unfit(problem.to_owned()));
    }
    *request.headers_mut() = head.headers;
    let mut url = None;
    if head.uri != uri {
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
        Err(Error::RedirectedUnseen { call: kept.call(), to })
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
