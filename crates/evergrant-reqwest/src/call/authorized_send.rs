//! Sends one request with credentials, and repeats it while the response requires it.

use evergrant::{Interruption, Replay, ResponseHead, Step};
use http::Uri;
use http::header::AUTHORIZATION;
use reqwest::{Request, Response, Url};
use tracing::warn;

use super::deadline::Elapsed;
use super::peek_body::read_start;
use super::response_url::with_url;
use super::{HttpService, OriginalRequest, Policy, RequestToSend, send_once};
use crate::Error;
use crate::error_cause::is_interruption;

/// Sends a request, and repeats it when the response rejects the credentials.
pub(super) async fn send<S: HttpService>(
    policy: &Policy,
    service: &mut S,
    original: &mut OriginalRequest<'_>,
) -> Result<Response, S::Error> {
    let request = original.first_attempt();
    let original = &*original;
    let mut replay = policy.calls.replay(original.call()).with_body(original.has_body());
    let (request, authorized) = match authorize_now(&mut replay, request) {
        (request, Some(authorized)) => (request, authorized),
        // Boxed because most calls use a cached token, and it would enlarge the future of every call.
        (request, None) => Box::pin(authorize(&mut replay, request, original)).await?,
    };
    let sent = send_once(service, request, original, replay.transport_identity()).await;
    let response = sent.map_err(|error| failure::<S>(&mut replay, error, original))?;
    let response = authorized.check(response, original)?;
    // Boxed for the same reason.
    let (response, step) = match replay.reads_body(&head(&response)) {
        false => receive(&mut replay, response),
        true => Box::pin(receive_with_body(&mut replay, response)).await,
    };
    match step {
        Step::Return => Ok(with_generation(response, &replay)),
        Step::Send => Box::pin(send_again(service, replay, response, original)).await,
    }
}

/// Returns the request with credentials.
pub(super) async fn authorize_once(
    policy: &Policy,
    original: &mut OriginalRequest<'_>,
) -> Result<RequestToSend, Error> {
    let request = original.first_attempt();
    let mut replay = policy.calls.replay(original.call());
    let (request, _) = authorize(&mut replay, request, original).await?;
    Ok(RequestToSend {
        request,
        generation: replay.generation(),
        identity: replay.transport_identity().cloned(),
    })
}

/// Repeats the request. `response` is the one to the previous attempt.
async fn send_again<S: HttpService>(
    service: &mut S,
    mut replay: Replay<'_>,
    mut response: Response,
    original: &OriginalRequest<'_>,
) -> Result<Response, S::Error> {
    loop {
        let request = match original.repeat() {
            Ok(request) => request,
            Err(reason) => {
                replay.abandon(reason);
                return Ok(with_generation(response, &replay));
            }
        };
        let (request, authorized) = match authorize_now(&mut replay, request) {
            (request, Some(authorized)) => (request, authorized),
            (request, None) => authorize(&mut replay, request, original).await?,
        };
        if authorized.step == Step::Return {
            return Ok(with_generation(response, &replay));
        }
        drop(response);
        let sent = send_once(service, request, original, replay.transport_identity()).await;
        let next = sent.map_err(|error| failure::<S>(&mut replay, error, original))?;
        let next = authorized.check(next, original)?;
        let (next, step) = match replay.reads_body(&head(&next)) {
            false => receive(&mut replay, next),
            true => receive_with_body(&mut replay, next).await,
        };
        if step == Step::Return {
            return Ok(with_generation(next, &replay));
        }
        response = next;
    }
}

fn receive(replay: &mut Replay<'_>, response: Response) -> (Response, Step) {
    let step = replay.receive(&head(&response));
    (response, step)
}

async fn receive_with_body(replay: &mut Replay<'_>, response: Response) -> (Response, Step) {
    let (response, start) = read_start(response).await;
    let step = replay.receive_with_body(&head(&response), &start);
    (response, step)
}

/// Reports a connection that broke while the body was sent. Returns the error of the call.
#[cold]
fn failure<S: HttpService>(replay: &mut Replay<'_>, error: S::Error, original: &OriginalRequest<'_>) -> S::Error {
    if !original.has_body() {
        return error;
    }
    let source = match S::into_source(error) {
        Ok(source) => source,
        Err(error) => return error,
    };
    if is_interruption(&source) && replay.interrupt() == Interruption::Persistent {
        return Error::interrupted(original.call().into(), source).into();
    }
    S::from_source(source, original)
}

/// Adds the generation of the request's token, so that the application can report that an error in the body rejects it.
fn with_generation(mut response: Response, replay: &Replay<'_>) -> Response {
    if let Some(generation) = replay.generation() {
        response.extensions_mut().insert(generation);
    }
    response
}

fn head(response: &Response) -> ResponseHead<'_> {
    ResponseHead::new(response.status(), response.version(), response.headers())
}

/// The result of adding credentials to a request.
struct AuthorizedRequest {
    step: Step,
    /// The URL, if credentials were added to its query.
    url: Option<Box<Url>>,
}

/// Adds a cached token. `None` if the credentials need more than that, and then the request is unchanged.
///
/// Takes the request by value: a future stores every request that it lends out.
fn authorize_now(replay: &mut Replay<'_>, mut request: Request) -> (Request, Option<AuthorizedRequest>) {
    let headers = request.headers_mut();
    let step = match headers.contains_key(AUTHORIZATION) {
        true => None,
        false => replay.authorize_headers_now(headers),
    };
    let authorized = step.map(|step| AuthorizedRequest { step, url: None });
    (request, authorized)
}

/// Adds any credentials, and waits for them.
async fn authorize(
    replay: &mut Replay<'_>,
    mut request: Request,
    original: &OriginalRequest<'_>,
) -> Result<(Request, AuthorizedRequest), Error> {
    let waiting = authorize_head(replay, &mut request);
    let outcome = match original.deadline() {
        None => waiting.await,
        Some(deadline) => match deadline.wait(waiting).await {
            Ok(outcome) => outcome,
            Err(Elapsed) => {
                let (call, limit) = (original.call().into(), deadline.limit);
                return Err(Error::Timeout { call, limit });
            }
        },
    };
    let authorized = outcome.map_err(|error| error.for_call(original.call().into()))?;
    original.limit(&mut request);
    Ok((request, authorized))
}

async fn authorize_head(replay: &mut Replay<'_>, request: &mut Request) -> Result<AuthorizedRequest, Error> {
    let invalid = |problem: String| Error::Request(problem);
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    let uri: Result<Uri, _> = request.url().as_str().parse();
    let uri = uri.map_err(|error| invalid(error.to_string()))?;
    head.uri = uri.clone();
    head.headers = std::mem::take(request.headers_mut());
    let own = head.headers.get(AUTHORIZATION).cloned();
    let step = replay.authorize(&mut head).await?;
    if own.is_some() && own.as_ref() != head.headers.get(AUTHORIZATION) {
        let problem = "it already has an `authorization` header; remove it, or make the call .unauthenticated()";
        return Err(invalid(problem.to_owned()));
    }
    *request.headers_mut() = head.headers;
    let mut url = None;
    if head.uri != uri {
        let authorized = Url::parse(&head.uri.to_string()).map_err(|error| invalid(error.to_string()))?;
        request.url_mut().clone_from(&authorized);
        url = Some(Box::new(authorized));
    }
    Ok(AuthorizedRequest { step, url })
}

impl AuthorizedRequest {
    /// Returns the response if it is from the origin of the request. A service that follows redirects may have sent the
    /// credentials to another origin, and a 401 from there does not reject them.
    fn check(&self, response: Response, original: &OriginalRequest<'_>) -> Result<Response, Error> {
        let (from, requested) = (response.url(), original.url());
        if self.url.as_ref().is_some_and(|url| **url == *from) {
            return Ok(with_url(requested, response));
        }
        if from == requested || from.origin() == requested.origin() || is_placeholder(from) {
            return Ok(response);
        }
        let (call, to) = (original.call(), from.origin().ascii_serialization());
        warn!(name: "evergrant.unexpected_redirect", target: "evergrant", method = %call.method(), url = call.url(), to,
            "the HTTP client followed a redirect to another origin");
        let call = call.into();
        Err(Error::UnexpectedRedirect { call, to })
    }
}

/// Returns whether this is the URL that reqwest uses for a response built without one, as by a cache or a mock.
fn is_placeholder(url: &Url) -> bool {
    url.host_str() == Some("no.url.provided.local")
}
