//! Server-sent events, each with its data read.

use std::any::{Any, TypeId};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::Pieces;
use super::parser::{Parser, RawEvent, TooLarge};
use crate::Error;
use crate::decode::{self, DecodeError};
use crate::error::{DecodeProblem, Failure};

/// A server-sent event. `Debug` shows its data as their own type does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<T> {
    /// Its type, where the server named one.
    pub event: Option<String>,
    /// The id that the server named last, with this event or one before it.
    pub id: Option<String>,
    /// How long to wait before a broken stream is asked for again, where the server said so with this event.
    pub retry: Option<Duration>,
    /// What it says.
    pub data: T,
}

/// Server-sent events, as they come. No time limit applies once it has begun.
///
/// `data` is read as JSON, or given as it is where `T` is `String`. Data that cannot be read is an error, and the stream goes
/// on after it; a connection that breaks is one, and the end. `data: [DONE]` is the end too.
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
    status: StatusCode,
    headers: HeaderMap,
    pieces: Pieces,
    parser: Parser,
    waiting: VecDeque<RawEvent>,
    failed: Option<TooLarge>,
    retry: Option<Duration>,
    last_id: Option<String>,
    data: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + 'static> EventStream<T> {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, pieces: Pieces) -> Self {
        Self {
            status,
            headers,
            pieces,
            parser: Parser::default(),
            waiting: VecDeque::new(),
            failed: None,
            retry: None,
            last_id: None,
            data: PhantomData,
        }
    }

    /// The next event; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Event<T>, Error>> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event<T>, Error>>> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                self.retry = event.retry.or(self.retry);
                self.last_id.clone_from(&event.id);
                if event.is_silent {
                    continue;
                }
                return Poll::Ready(self.read(event));
            }
            if let Some(problem) = self.failed.take() {
                self.pieces.end();
                let what = match problem {
                    TooLarge::Line => "a line of more than 1 MiB",
                    TooLarge::Event => "an event of more than 8 MiB",
                };
                return Poll::Ready(Some(Err(self.pieces.failure(Failure::TooLarge(what)))));
            }
            match ready!(self.pieces.poll_next(context)) {
                Some(Ok(bytes)) => self.failed = self.parser.feed(&bytes, &mut self.waiting).err(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn read(&mut self, event: RawEvent) -> Option<Result<Event<T>, Error>> {
        if event.data == "[DONE]" {
            self.waiting.clear();
            self.failed = None;
            self.pieces.end();
            return None;
        }
        let data = match data(event.data) {
            Ok(data) => data,
            Err((problem, body)) => {
                let headers = self.headers.clone();
                let problem = DecodeProblem::new(self.pieces.called.clone(), self.status, headers, body, problem);
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
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The response's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// How long to wait before the stream is asked for again once it has ended or broken: what the server has said last, be it with
    /// an event or without one.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The id that the server has named last, be it with an event or without one; a stream that is asked for again can go on after
    /// it, with the header `Last-Event-ID`.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }
}

impl<T: DeserializeOwned + 'static> Stream for EventStream<T> {
    type Item = Result<Event<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl<T> fmt::Debug for EventStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Text as it is where that is wanted, and JSON otherwise. What cannot be read is given back.
fn data<T: DeserializeOwned + 'static>(text: String) -> Result<T, (DecodeError, Bytes)> {
    if TypeId::of::<T>() == TypeId::of::<String>() {
        let text: Box<dyn Any> = Box::new(text);
        // Cannot fail: it is that type.
        return text
            .downcast()
            .map(|text| *text)
            .map_err(|_| (DecodeError::new("it is no text"), Bytes::new()));
    }
    let text = Bytes::from(text);
    decode::json(&text.clone().into()).map_err(|problem| (problem, text))
}
