//! A request's body: what a replay sends of it.

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

use crate::attempts::{LIMIT, data, frames, refused_after, text_of};
use crate::shop::Shared;

#[tokio::test]
async fn a_replay_sends_the_whole_body_however_much_of_it_was_read() {
    for read in 0..=5 {
        let body = frames(vec![data("one "), data(""), data("two "), data("three")]);
        let (_, second) = refused_after(read, LIMIT, body).await;
        assert_eq!(text_of(second.unwrap()).await, "one two three", "{read} read");
    }
}

#[tokio::test]
async fn a_first_attempt_that_goes_on_after_its_refusal_ends_with_an_error_and_takes_nothing() {
    let body = frames(vec![data("one "), data("two")]);
    let (mut first, second) = refused_after(1, LIMIT, body).await;
    assert!(!first.is_end_stream());
    let error = first.frame().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("is being repeated"), "{error}");
    assert!(first.frame().await.is_none());
    assert_eq!(text_of(second.unwrap()).await, "one two");
}

#[tokio::test]
async fn trailers_are_repeated_too() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("7"));
    for read in 0..=3 {
        let body = frames(vec![data("one"), Frame::trailers(trailers.clone())]);
        let (_, second) = refused_after(read, LIMIT, body).await;
        let second = second.unwrap().collect().await.unwrap();
        assert_eq!(second.trailers(), Some(&trailers), "{read} read");
        assert_eq!(second.to_bytes(), "one");
    }
}

#[tokio::test]
async fn an_empty_body_is_known_to_be_empty_both_times() {
    let (first, second) = refused_after(0, 0, Empty::<Bytes>::new()).await;
    for body in [first, second.unwrap()] {
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
        assert_eq!(text_of(body).await, "");
    }
}

#[tokio::test]
async fn a_size_that_is_known_is_known_both_times_and_shrinks_on_the_way() {
    for read in 0..=2 {
        let (_, second) = refused_after(read, LIMIT, Full::new(Bytes::from("four"))).await;
        let mut second = second.unwrap();
        assert_eq!(second.size_hint().exact(), Some(4), "{read} read");
        assert!(!second.is_end_stream());
        second.frame().await.unwrap().unwrap();
        assert_eq!(second.size_hint().exact(), Some(0));
        assert!(second.is_end_stream());
        assert!(second.frame().await.is_none());
    }
    let (_, second) = refused_after(1, LIMIT, frames(vec![data("one "), data("two")])).await;
    let hint = second.unwrap().size_hint();
    assert_eq!((hint.lower(), hint.upper()), (4, None), "what is remembered is certain");
}

#[tokio::test]
async fn a_body_that_fails_is_not_replayed_and_its_error_reaches_the_service() {
    let failing = || {
        let frames = [Ok(data("one")), Err(io::Error::other("the disk is gone"))];
        StreamBody::new(stream::iter(frames))
    };
    let (_, second) = refused_after(2, LIMIT, failing()).await;
    assert!(second.is_none());
    let (_, second) = refused_after(1, LIMIT, failing()).await;
    let error = second.unwrap().collect().await.unwrap_err();
    assert!(error.is::<io::Error>(), "{error}");
}

/// One frame of data in two pieces, from a body that is not `Unpin`, and must not be asked again after its end.
#[derive(Default)]
struct Particular {
    polls: Shared<usize>,
    _pinned: PhantomPinned,
}

impl Body for Particular {
    type Data = Chain<&'static [u8], &'static [u8]>;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Infallible>>> {
        let polls = self.polls.with(|polls| std::mem::replace(polls, *polls + 1));
        assert!(polls < 2, "polled after its end");
        Poll::Ready((polls == 0).then(|| Ok(Frame::data((&b"one "[..]).chain(&b"two"[..])))))
    }
}

#[tokio::test]
async fn data_of_any_kind_comes_as_bytes_and_a_body_that_has_ended_is_not_asked_again() {
    for read in 0..=2 {
        let (_, second) = refused_after(read, LIMIT, Particular::default()).await;
        let mut second = second.unwrap();
        let frame = second.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "one two");
        assert!(second.frame().await.is_none(), "{read} read");
        assert!(second.frame().await.is_none() && second.is_end_stream());
    }
}
