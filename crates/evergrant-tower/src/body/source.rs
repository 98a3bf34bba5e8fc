//! What all attempts share: the request's body as far as it is unread, and what has been read of it.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::{Buf as _, Bytes};
use evergrant::error::BoxError;
use http_body::{Body, Frame, SizeHint};

use super::Attempt;

/// What a frame costs beside its bytes, roughly: many small ones must not outgrow the limit.
const LEAST_COST: usize = 64;

pub(super) struct Source<B> {
    body: Pin<Box<B>>,
    /// The body has said so, and is not asked again.
    ended: bool,
    /// Whose turn it is.
    attempt: Attempt,
    memory: Memory,
    /// Of the attempt whose turn it is, while a replay may take its turn.
    waker: Option<Waker>,
}

/// What the next attempt begins with.
pub(super) struct Handover {
    pub(super) attempt: Attempt,
    /// What those before have read.
    pub(super) repeated: VecDeque<Frame<Bytes>>,
    /// Of the attempt before, to be told that nothing more comes.
    pub(super) waker: Option<Waker>,
}

enum Memory {
    /// All that has been read, and how many bytes more there is room for.
    Whole {
        frames: VecDeque<Frame<Bytes>>,
        room: usize,
    },
    /// Why not.
    Lost(&'static str),
}

impl<B: Body> Source<B> {
    pub(super) fn new(body: B, limit: usize) -> Self {
        Self {
            body: Box::pin(body),
            ended: false,
            attempt: 0,
            memory: Memory::Whole {
                frames: VecDeque::new(),
                room: limit,
            },
            waker: None,
        }
    }

    pub(super) fn poll_frame(
        &mut self,
        attempt: Attempt,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>>
    where
        B::Error: Into<BoxError>,
    {
        if attempt != self.attempt {
            return Poll::Ready(Some(Err(Superseded.into())));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        let Poll::Ready(polled) = self.body.as_mut().poll_frame(context) else {
            self.wait(context.waker());
            return Poll::Pending;
        };
        Poll::Ready(match polled {
            Some(Ok(frame)) => {
                let frame = frame.map_data(|mut data| data.copy_to_bytes(data.remaining()));
                self.memory.add(&frame);
                Some(Ok(frame))
            }
            Some(Err(error)) => {
                self.memory = Memory::Lost("its body failed on the way");
                Some(Err(error.into()))
            }
            None => {
                self.ended = true;
                None
            }
        })
    }

    pub(super) fn is_end(&self, attempt: Attempt) -> bool {
        attempt == self.attempt && (self.ended || self.body.is_end_stream())
    }

    pub(super) fn size_hint(&self, attempt: Attempt) -> SizeHint {
        if attempt != self.attempt {
            SizeHint::new()
        } else if self.ended {
            SizeHint::with_exact(0)
        } else {
            self.body.size_hint()
        }
    }
}

impl<B> Source<B> {
    /// Gives the turn to the next attempt.
    pub(super) fn hand_over(&mut self) -> Result<Handover, &'static str> {
        match &self.memory {
            Memory::Lost(reason) => Err(reason),
            Memory::Whole { frames, .. } => {
                self.attempt += 1;
                Ok(Handover {
                    attempt: self.attempt,
                    repeated: frames.iter().filter_map(copy).collect(),
                    waker: self.waker.take(),
                })
            }
        }
    }

    /// No replay will follow.
    pub(super) fn forget(&mut self) {
        self.memory = Memory::Lost("it has been repeated");
    }

    fn wait(&mut self, waker: &Waker) {
        if let Memory::Whole { .. } = self.memory {
            match &mut self.waker {
                Some(known) => known.clone_from(waker),
                None => self.waker = Some(waker.clone()),
            }
        }
    }
}

impl Memory {
    fn add(&mut self, frame: &Frame<Bytes>) {
        let Self::Whole { frames, room } = self else { return };
        if frame.data_ref().is_some_and(Bytes::is_empty) {
            return;
        }
        let Some(copy) = copy(frame) else {
            *self = Self::Lost("its body has frames of a kind that cannot be repeated");
            return;
        };
        let cost = match (frame.data_ref(), frame.trailers_ref()) {
            (Some(data), _) => data.len(),
            (None, Some(trailers)) => trailers
                .iter()
                .map(|(name, value)| name.as_str().len() + value.len())
                .sum(),
            (None, None) => 0,
        };
        match room.checked_sub(cost.max(LEAST_COST)) {
            Some(left) => {
                *room = left;
                frames.push_back(copy);
            }
            None => *self = Self::Lost("more of its body has been sent than replay_limit lets it remember"),
        }
    }
}

/// A frame once more, unless it is of a kind that nobody knows.
fn copy(frame: &Frame<Bytes>) -> Option<Frame<Bytes>> {
    let data = frame.data_ref().cloned().map(Frame::data);
    data.or_else(|| frame.trailers_ref().cloned().map(Frame::trailers))
}

/// An attempt's body, once the next has taken its turn.
#[derive(Debug)]
struct Superseded;

impl fmt::Display for Superseded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was refused before its body was complete, and is being repeated")
    }
}

impl std::error::Error for Superseded {}
