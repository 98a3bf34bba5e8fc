//! The bodies of both attempts of a request, recorded by a service that rejects the first.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use evergrant::error::BoxError;
use evergrant_tower::Replayable;
use futures_util::stream;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, StreamBody};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::fixture::{Fixture, Shared};

pub(crate) const LIMIT: usize = 64 * 1024;

/// A body that returns one frame for each poll.
pub(crate) fn frames(
    frames: Vec<Frame<Bytes>>,
) -> impl Body<Data = Bytes, Error = Infallible> + Send + Unpin + 'static {
    StreamBody::new(stream::iter(frames.into_iter().map(Ok)))
}

pub(crate) fn data(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}

/// Returns the bodies of both attempts. The service reads `read` frames of the first, and then rejects it. The second
/// is `None` without a replay.
pub(crate) async fn bodies_after_rejection<B>(
    read: usize,
    limit: usize,
    body: B,
) -> (Replayable<B>, Option<Replayable<B>>)
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    let fixture = Fixture::new();
    let attempts: Shared<Vec<Replayable<B>>> = Shared::default();
    let seen = attempts.clone();
    let inner = service_fn(move |request: Request<Replayable<B>>| {
        let seen = seen.clone();
        async move {
            let mut body = request.into_body();
            let first = seen.with(|seen| seen.is_empty());
            for _ in 0..if first { read } else { 0 } {
                let _ = body.frame().await;
            }
            seen.with(|seen| seen.push(body));
            Response::builder()
                .status(if first { 401 } else { 200 })
                .body(String::new())
        }
    });
    let service = fixture
        .layer()
        .replay_limit(limit)
        .build()
        .expect("a layer")
        .layer(inner);
    let request = Request::post(fixture.api.url("/")).body(body).expect("a request");
    service.oneshot(request).await.expect("a response");
    attempts.with(|attempts| {
        let mut attempts = attempts.drain(..);
        (attempts.next().expect("an attempt"), attempts.next())
    })
}

pub(crate) async fn text_of<B: Body<Error: fmt::Debug>>(body: B) -> String {
    let bytes = body.collect().await.expect("a whole body").to_bytes();
    String::from_utf8(bytes.into()).expect("text")
}
