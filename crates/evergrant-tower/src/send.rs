//! Sends one request: checks its origin, authorizes it, and repeats it after a rejection (once, or twice with a
//! session).

use std::future::poll_fn;
use std::sync::Arc;

use evergrant::error::{BoxError, Call};
use evergrant::{Interruption, Replay, ResponseHead, Step};
use http::header::AUTHORIZATION;
use http::{Request, Response, request};
use http_body::Body;
use tower_service::Service;

use crate::error::{Error, is_interruption};
use crate::grpc_trailer_rejection::{STATUS, Verdict, is_open};
use crate::peek_response_body::read_start;
use crate::replayable_body::{ReplayHandle, Replayable};
use crate::request_destination;
use crate::response_body::Sent;
use crate::settings::{NoReplay, Settings, Unauthenticated};

/// Sends a request. `inner` must be ready for one request. Waits for the verdict on a gRPC response whose status is not
/// in its head.
pub(crate) async fn send<S, B, R>(
    settings: Arc<Settings>,
    mut inner: S,
    request: Request<B>,
    verdict: Verdict<R>,
) -> Result<Sent<R>, Error>
where
    S: Service<Request<Replayable<B>>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
    R: Body + Send,
    R::Data: Send,
    R::Error: Into<BoxError>,
{
    let (mut head, body) = request.into_parts();
    if let Some(base) = &settings.base {
        base.complete(&mut head.uri);
    }
    if head.extensions.get::<Unauthenticated>().is_some() {
        let (method, uri) = (head.method.clone(), head.uri.clone());
        let request = Request::from_parts(head, Replayable::unbuffered(body));
        let response = inner.call(request).await;
        let response = response.map_err(|error| Error::inner(Call::of_uri(&method, &uri), error))?;
        return Ok(Sent::Response(response));
    }
    let original = head;
    let call = Call::of_uri(&original.method, &original.uri);
    request_destination::check(&original.uri, settings.calls.origins())
        .map_err(|error| evergrant::Error::Origin(Arc::new(error)).for_call(call))?;
    let renew_when = |response: &ResponseHead<'_>| settings.matches_renew_when(response);
    let replay = settings.calls.replay(call).renew_when(Some(&renew_when));
    let mut replay = replay.with_body(!body.is_end_stream());

    let mut head = original.clone();
    authorize(&mut replay, &mut head, call).await?;
    let (mut body, replay_handle) = Replayable::new(body, settings.replay_limit);
    loop {
        let response = inner.call(Request::from_parts(head, body)).await;
        let mut response = response.map_err(|error| failure(&mut replay, error.into(), &replay_handle, call))?;
        if let Some(generation) = replay.generation() {
            response.extensions_mut().insert(generation);
        }
        let (step, sent) = if settings.grpc && is_open(&response) {
            let (status, version, mut headers) = (response.status(), response.version(), response.headers().clone());
            let trailers = verdict.wait(response).await;
            headers.extend(trailers.and_then(|mut trailers| Some((STATUS, trailers.remove(STATUS)?))));
            (
                replay.receive(&ResponseHead::new(status, version, &headers)),
                Sent::Passed,
            )
        } else if !settings.grpc && replay.reads_body(&ResponseHead::from(&response)) {
            // Boxed because few responses are read, and it would enlarge the future of every call.
            let (response, start) = Box::pin(read_start(response)).await;
            let step = replay.receive_with_body(&ResponseHead::from(&response), &start);
            (step, Sent::Started(response))
        } else {
            (replay.receive(&ResponseHead::from(&response)), Sent::Response(response))
        };
        if step == Step::Return {
            return Ok(sent);
        }
        let next = match original.extensions.get::<NoReplay>() {
            Some(NoReplay) => Err("the call forbids it with NoReplay"),
            None => replay_handle.replay(),
        };
        body = match next {
            Ok(body) => body,
            Err(reason) => {
                replay.abandon(reason);
                return Ok(sent);
            }
        };
        head = original.clone();
        if authorize(&mut replay, &mut head, call).await? == Step::Return {
            return Ok(sent);
        }
        drop(sent);
        poll_fn(|context| inner.poll_ready(context))
            .await
            .map_err(|error| Error::inner(call, error))?;
    }
}

/// Returns the error of the call, and reports a connection that broke while the body was sent.
#[cold]
fn failure<B>(replay: &mut Replay<'_>, error: BoxError, body: &ReplayHandle<B>, call: Call<'_>) -> Error {
    let is_interruption = body.is_interrupted() && is_interruption(&*error);
    match is_interruption && replay.interrupt() == Interruption::Persistent {
        true => Error::interrupted(call, error),
        false => Error::inner(call, error),
    }
}

async fn authorize(replay: &mut Replay<'_>, head: &mut request::Parts, call: Call<'_>) -> Result<Step, Error> {
    if !head.headers.contains_key(AUTHORIZATION)
        && let Some(step) = replay.authorize_headers_now(&mut head.headers)
    {
        return Ok(step);
    }
    // Boxed because most calls use a cached token, and it would enlarge the future of every call.
    Box::pin(authorize_head(replay, head, call)).await
}

async fn authorize_head(replay: &mut Replay<'_>, head: &mut request::Parts, call: Call<'_>) -> Result<Step, Error> {
    let own = head.headers.get(AUTHORIZATION).cloned();
    let step = replay.authorize(head).await?;
    if own.is_some() && own.as_ref() != head.headers.get(AUTHORIZATION) {
        let problem = "it already has an `authorization` header; remove it, or add the extension `Unauthenticated`";
        return Err(Error::Request(format!("{call}: {problem}")));
    }
    Ok(step)
}
