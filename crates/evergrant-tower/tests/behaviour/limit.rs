//! How much of a body is remembered, and for how long.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use evergrant_testing::LogCapture;
use evergrant_tower::Replayable;
use futures_util::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::attempts::{data, frames, refused_after, text_of};
use crate::shop::{Shared, Shop, client, send};

#[tokio::test]
async fn the_limit_is_on_what_was_sent_and_not_on_what_remains() {
    let body = || frames(vec![data("just so much"), data(" and much more")]);
    let (_, second) = refused_after(1, 64, body()).await;
    assert_eq!(text_of(second.unwrap()).await, "just so much and much more");
    let (first, second) = refused_after(2, 64, body()).await;
    assert!(second.is_none());
    assert_eq!(text_of(first).await, "");
    let (first, second) = refused_after(1, 0, body()).await;
    assert!(second.is_none(), "nothing is remembered");
    assert_eq!(text_of(first).await, " and much more", "the first attempt goes on");
    let (_, second) = refused_after(0, 0, body()).await;
    assert_eq!(
        text_of(second.unwrap()).await,
        "just so much and much more",
        "nothing was sent"
    );
}

#[tokio::test]
async fn small_frames_do_not_outgrow_the_limit() {
    let body = || frames((0..100).map(|_| data("x")).collect());
    let (_, second) = refused_after(100, 100, body()).await;
    assert!(second.is_none());
    let (_, second) = refused_after(100, 100 * 64, body()).await;
    assert_eq!(text_of(second.unwrap()).await.len(), 100);
}

#[tokio::test]
async fn a_streamed_body_within_the_limit_is_replayed_and_one_beyond_it_is_not() {
    let shop = Shop::open();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let client = client(shop.layer().replay_limit(1024));
    for (size, status) in [(1024, 200), (1025, 401)] {
        let pieces = [Bytes::from(vec![b'x'; 512]), Bytes::from(vec![b'x'; size - 512])];
        let pieces = pieces.map(|piece| Ok::<_, io::Error>(Frame::data(piece)));
        let body = StreamBody::new(stream::iter(pieces)).boxed_unsync();
        shop.api.refuse_next(1);
        let request = Request::post(shop.api.url("/echo")).body(body).unwrap();
        let answer = send(&client, request).await.unwrap();
        assert_eq!(answer.status(), status);
        let requests = shop.api.requests();
        assert!(requests.iter().all(|request| request.body.len() == size));
        assert_eq!(requests.len(), if status == 200 { 2 } else { 1 });
        shop.api.reset_records();
    }
    let notes = logs.named("evergrant.not_replayed");
    assert_eq!(notes.len(), 1);
    assert!(notes[0].fields["reason"].contains("replay_limit"), "{notes:?}");
    assert_eq!(shop.get("/books").await.unwrap().status(), 200);
    assert_eq!(shop.auth.token_requests(), 3, "the next call has a new token");
}

/// Bytes that say when their last copy is gone.
struct Owned(Shared<bool>);

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        b"one"
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.with(|gone| *gone = true);
    }
}

#[tokio::test]
async fn nothing_is_remembered_any_more_once_the_request_is_accepted() {
    let shop = Shop::open();
    let gone = Shared::default();
    let inner = service_fn(async |request: Request<Replayable<_>>| {
        let mut body = request.into_body();
        body.frame().await;
        // As of a stream in both directions: the body goes on after the response's head.
        Ok::<_, Infallible>(Response::new(body))
    });
    let service = shop.layer().build().unwrap().layer(inner);
    let body = frames(vec![Frame::data(Bytes::from_owner(Owned(gone.clone()))), data("two")]);
    let request = Request::post(shop.api.url("/")).body(body).unwrap();
    let answer = service.oneshot(request).await.unwrap();
    assert!(gone.with(|gone| *gone));
    assert_eq!(text_of(answer.into_body()).await, "two");
}
