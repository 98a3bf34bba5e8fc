//! The stream of server-sent events with decoded data.

use std::any::{Any, TypeId};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use evergrant::ResponseHead;
use futures_core::Stream;
use serde::de::DeserializeOwned;

use super::Chunks;
use super::sse::{Parser, RawEvent, TooLarge};
use crate::decode;
use crate::decode::error::DecodeError;
use crate::error::{Error, Failure, ResponseDecodeError};
use crate::response_head_accessors::head_accessors;

/// A server-sent event with decoded data. `Debug` output includes the data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<T> {
    /// The type of the event (`event` in the stream), if the server set it.
    pub event: Option<String>,
    /// The last event id that the server has sent so far, with this event or an earlier one.
    pub id: Option<String>,
    /// The time to wait before reconnecting (`retry` in the stream), if the server sent it with this event.
    pub retry: Option<Duration>,
    /// The decoded data of the event.
    pub data: T,
}

/// A stream of server-sent events. Reading the stream has no time limit.
///
/// The data of each event is decoded as JSON. With `T = String`, the data is returned unchanged. If the data of an
/// event cannot be decoded, the stream returns an error and continues with the next event. If the connection breaks,
/// the stream returns an error and ends. The stream also ends when the data of an event is `[DONE]`.
///
/// ```no_run
/// # #[derive(serde::Deserialize)] struct Price { amount: f64 }
/// # async fn run(mut prices: evergrant_sdk::EventStream<Price>) -> Result<(), evergrant_sdk::Error> {
/// while let Some(event) = prices.next().await {
///     println!("{}", event?.data.amount);
/// }
/// # Ok(())
/// # }
/// ```
pub struct EventStream<T> {
    head: ResponseHead<'static>,
    chunks: Chunks,
    parser: Parser,
    pending: VecDeque<RawEvent>,
    too_large: Option<TooLarge>,
    retry: Option<Duration>,
    last_id: Option<String>,
    data: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + 'static> EventStream<T> {
    pub(crate) fn new(head: ResponseHead<'static>, chunks: Chunks) -> Self {
        Self {
            head,
            chunks,
            parser: Parser::default(),
            pending: VecDeque::new(),
            too_large: None,
            retry: None,
            last_id: None,
            data: PhantomData,
        }
    }

    /// Returns the next event, or `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Result<Event<T>, Error>> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event<T>, Error>>> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                self.retry = event.retry.or(self.retry);
                self.last_id.clone_from(&event.id);
                if event.is_dataless {
                    continue;
                }
                return Poll::Ready(self.decode(event));
            }
            if let Some(problem) = self.too_large.take() {
                self.chunks.end();
                let what = match problem {
                    TooLarge::Line => "a line of more than 1 MiB",
                    TooLarge::Event => "an event of more than 8 MiB",
                };
                return Poll::Ready(Some(Err(self.chunks.failure(Failure::TooLarge(what)))));
            }
            match ready!(self.chunks.poll_next(context)) {
                Some(Ok(bytes)) => self.too_large = self.parser.feed(&bytes, &mut self.pending).err(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn decode(&mut self, event: RawEvent) -> Option<Result<Event<T>, Error>> {
        if event.data == "[DONE]" {
            self.pending.clear();
            self.too_large = None;
            self.chunks.end();
            return None;
        }
        let data = match decode_data(event.data) {
            Ok(data) => data,
            Err((problem, body)) => {
                let problem = ResponseDecodeError::new(self.chunks.call.clone(), self.head.clone(), body, problem);
                return Some(Err(Error::Decode(Box::new(problem))));
            }
        };
        Some(Ok(Event {
            event: event.event,
            id: event.id,
            retry: event.retry,
            data,
        }))
    }
}

impl<T> EventStream<T> {
    /// Returns the time to wait before reconnecting after the stream has ended or the connection has broken. This is
    /// the last `retry` value that the server sent, with or without an event, or `None` if it sent none.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Returns the last event id that the server sent, with or without an event. To resume the stream, send this id in
    /// the header `Last-Event-ID`.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }
}

head_accessors!(impl {T} EventStream<T>, |stream| &stream.head);

impl<T: DeserializeOwned + 'static> Stream for EventStream<T> {
    type Item = Result<Event<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl<T> fmt::Debug for EventStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

/// Returns text unchanged if `T` is `String`, and decodes JSON otherwise. An error includes the undecoded data.
fn decode_data<T: DeserializeOwned + 'static>(text: String) -> Result<T, (DecodeError, Bytes)> {
    if TypeId::of::<T>() == TypeId::of::<String>() {
        let text: Box<dyn Any> = Box::new(text);
        // The downcast cannot fail, because `T` is `String`.
        return text
            .downcast()
            .map(|text| *text)
            .map_err(|_| (DecodeError::new("the data is not text"), Bytes::new()));
    }
    let text = Bytes::from(text);
    decode::json(&text.clone().into()).map_err(|problem| (problem, text))
}
