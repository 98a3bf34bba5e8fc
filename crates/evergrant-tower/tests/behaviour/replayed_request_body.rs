//! The request body of a replay.

use std::convert::Infallible;
use std::io;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::buf::Chain;
use bytes::{Buf as _, Bytes};
use futures_util::stream;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};

use crate::fixture::Shared;
use crate::recorded_bodies::{LIMIT, bodies_after_rejection, data, frames, text_of};

#[tokio::test]
async fn a_replay_sends_the_whole_body() {
    for read in 0..=5 {
        let body = frames(vec![data("one "), data(""), data("two "), data("three")]);
        let (_, second) = bodies_after_rejection(read, LIMIT, body).await;
        assert_eq!(text_of(second.unwrap()).await, "one two three", "{read} read");
    }
}

#[tokio::test]
async fn the_body_of_a_superseded_attempt_ends_with_an_error() {
    let body = frames(vec![data("one "), data("two")]);
    let (mut first, second) = bodies_after_rejection(1, LIMIT, body).await;
    assert!(!first.is_end_stream());
    let error = first.frame().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("is being repeated"), "{error}");
    assert!(first.frame().await.is_none());
    assert_eq!(text_of(second.unwrap()).await, "one two");
}

#[tokio::test]
async fn trailers_are_replayed() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("7"));
    for read in 0..=3 {
        let body = frames(vec![data("one"), Frame::trailers(trailers.clone())]);
        let (_, second) = bodies_after_rejection(read, LIMIT, body).await;
        let second = second.unwrap().collect().await.unwrap();
        assert_eq!(second.trailers(), Some(&trailers), "{read} read");
        assert_eq!(second.to_bytes(), "one");
    }
}

#[tokio::test]
async fn an_empty_body_is_empty_in_both_attempts() {
    let (first, second) = bodies_after_rejection(0, 0, Empty::<Bytes>::new()).await;
    for body in [first, second.unwrap()] {
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
        assert_eq!(text_of(body).await, "");
    }
}

#[tokio::test]
async fn size_hint_is_exact_in_both_attempts() {
    for read in 0..=2 {
        let (_, second) = bodies_after_rejection(read, LIMIT, Full::new(Bytes::from("four"))).await;
        let mut second = second.unwrap();
        assert_eq!(second.size_hint().exact(), Some(4), "{read} read");
        assert!(!second.is_end_stream());
        second.frame().await.unwrap().unwrap();
        assert_eq!(second.size_hint().exact(), Some(0));
        assert!(second.is_end_stream());
        assert!(second.frame().await.is_none());
    }
    let (_, second) = bodies_after_rejection(1, LIMIT, frames(vec![data("one "), data("two")])).await;
    let hint = second.unwrap().size_hint();
    assert_eq!(
        (hint.lower(), hint.upper()),
        (4, None),
        "the buffered part has a known size"
    );
}

#[tokio::test]
async fn a_failing_body_is_not_replayed() {
    let failing = || {
        let frames = [Ok(data("one")), Err(io::Error::other("the disk is gone"))];
        StreamBody::new(stream::iter(frames))
    };
    let (_, second) = bodies_after_rejection(2, LIMIT, failing()).await;
    assert!(second.is_none());
    let (_, second) = bodies_after_rejection(1, LIMIT, failing()).await;
    let error = second.unwrap().collect().await.unwrap_err();
    assert!(error.is::<io::Error>(), "{error}");
}

/// A body that is not `Unpin`, has one non-contiguous data frame, and must not be polled after its end.
#[derive(Default)]
struct ChainedBody {
    polls: Shared<usize>,
    _pinned: PhantomPinned,
}

impl Body for ChainedBody {
    type Data = Chain<&'static [u8], &'static [u8]>;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Infallible>>> {
        let polls = self.polls.with(|polls| std::mem::replace(polls, *polls + 1));
        assert!(polls < 2, "polled after its end");
        Poll::Ready((polls == 0).then(|| Ok(Frame::data((&b"one "[..]).chain(&b"two"[..])))))
    }
}

#[tokio::test]
async fn data_is_converted_to_bytes_and_an_ended_body_is_not_polled_again() {
    for read in 0..=2 {
        let (_, second) = bodies_after_rejection(read, LIMIT, ChainedBody::default()).await;
        let mut second = second.unwrap();
        let frame = second.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "one two");
        assert!(second.frame().await.is_none(), "{read} read");
        assert!(second.frame().await.is_none() && second.is_end_stream());
    }
}
