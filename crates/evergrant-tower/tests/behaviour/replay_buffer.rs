//! The size and lifetime of the replay buffer.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use evergrant_testing::LogCapture;
use evergrant_tower::Replayable;
use futures_util::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::fixture::{Fixture, Shared, client, send};
use crate::recorded_bodies::{bodies_after_rejection, data, frames, text_of};

#[tokio::test]
async fn replay_limit_applies_to_the_sent_part() {
    let body = || frames(vec![data("just so much"), data(" and much more")]);
    let (_, second) = bodies_after_rejection(1, 64, body()).await;
    assert_eq!(text_of(second.unwrap()).await, "just so much and much more");
    let (first, second) = bodies_after_rejection(2, 64, body()).await;
    assert!(second.is_none());
    assert_eq!(text_of(first).await, "");
    let (first, second) = bodies_after_rejection(1, 0, body()).await;
    assert!(second.is_none(), "nothing is buffered");
    assert_eq!(text_of(first).await, " and much more", "the first attempt continues");
    let (_, second) = bodies_after_rejection(0, 0, body()).await;
    assert_eq!(
        text_of(second.unwrap()).await,
        "just so much and much more",
        "nothing was sent"
    );
}

#[tokio::test]
async fn small_frames_count_at_least_64_bytes() {
    let body = || frames((0..100).map(|_| data("x")).collect());
    let (_, second) = bodies_after_rejection(100, 100, body()).await;
    assert!(second.is_none());
    let (_, second) = bodies_after_rejection(100, 100 * 64, body()).await;
    assert_eq!(text_of(second.unwrap()).await.len(), 100);
}

#[tokio::test]
async fn a_body_in_memory_is_replayed_whatever_its_size() {
    let fixture = Fixture::new();
    let client = client(fixture.layer().replay_limit(0));
    for size in [1, 1024 * 1024] {
        fixture.api.reject_next(1);
        let body = Full::new(Bytes::from(vec![b'x'; size]))
            .map_err(|never| match never {})
            .boxed_unsync();
        let request = Request::post(fixture.api.url("/echo")).body(body).unwrap();
        assert_eq!(send(&client, request).await.unwrap().status(), 200);
        let requests = fixture.api.requests();
        assert_eq!(requests.len(), 2);
        assert!(requests.iter().all(|request| request.body.len() == size));
        fixture.api.reset_records();
    }
}

#[tokio::test]
async fn a_streaming_body_is_replayed_within_the_limit() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let client = client(fixture.layer().replay_limit(1024));
    for (size, status) in [(1024, 200), (1025, 401)] {
        let chunks = [Bytes::from(vec![b'x'; 512]), Bytes::from(vec![b'x'; size - 512])];
        let chunks = chunks.map(|chunk| Ok::<_, io::Error>(Frame::data(chunk)));
        let body = StreamBody::new(stream::iter(chunks)).boxed_unsync();
        fixture.api.reject_next(1);
        let request = Request::post(fixture.api.url("/echo")).body(body).unwrap();
        let response = send(&client, request).await.unwrap();
        assert_eq!(response.status(), status);
        let requests = fixture.api.requests();
        assert!(requests.iter().all(|request| request.body.len() == size));
        assert_eq!(requests.len(), if status == 200 { 2 } else { 1 });
        fixture.api.reset_records();
    }
    let events = logs.by_name("evergrant.not_replayed");
    assert_eq!(events.len(), 1);
    assert!(events[0].fields["reason"].contains("replay_limit"), "{events:?}");
    assert_eq!(fixture.get("/books").await.unwrap().status(), 200);
    assert_eq!(fixture.auth.token_requests(), 3, "the next call fetches a new token");
}

/// Bytes that set a flag when the last copy is dropped.
struct DropFlag(Shared<bool>);

impl AsRef<[u8]> for DropFlag {
    fn as_ref(&self) -> &[u8] {
        b"one"
    }
}

impl Drop for DropFlag {
    fn drop(&mut self) {
        self.0.with(|dropped| *dropped = true);
    }
}

#[tokio::test]
async fn the_buffer_is_dropped_when_the_request_is_accepted() {
    let fixture = Fixture::new();
    let dropped = Shared::default();
    let inner = service_fn(|request: Request<Replayable<_>>| async {
        let mut body = request.into_body();
        body.frame().await;
        // As in bidirectional streaming: the body continues after the head of the response.
        Ok::<_, Infallible>(Response::new(body))
    });
    let service = fixture.layer().build().unwrap().layer(inner);
    let body = frames(vec![
        Frame::data(Bytes::from_owner(DropFlag(dropped.clone()))),
        data("two"),
    ]);
    let request = Request::post(fixture.api.url("/")).body(body).unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert!(dropped.with(|dropped| *dropped));
    assert_eq!(text_of(response.into_body()).await, "two");
}
