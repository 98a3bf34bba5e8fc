//! What both attempts share: the request's body as far as it is unread, and what has been read of it.

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
    /// Of the first attempt, while a replay may take its turn.
    waker: Option<Waker>,
}

enum Memory {
    /// All that the first attempt has read, and how many bytes more there is room for.
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
            attempt: Attempt::First,
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
    /// Gives the turn to the second attempt, with what the first has read; and whom to tell.
    pub(super) fn hand_over(&mut self) -> Result<(VecDeque<Frame<Bytes>>, Option<Waker>), &'static str> {
        match &mut self.memory {
            Memory::Lost(reason) => Err(reason),
            Memory::Whole { frames, .. } => {
                let frames = std::mem::take(frames);
                self.attempt = Attempt::Second;
                self.forget();
                Ok((frames, self.waker.take()))
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
        let (cost, copy) = if let Some(data) = frame.data_ref() {
            if data.is_empty() {
                return;
            }
            (data.len(), Frame::data(data.clone()))
        } else if let Some(trailers) = frame.trailers_ref() {
            let cost = trailers.iter().map(|(name, value)| name.as_str().len() + value.len());
            (cost.sum(), Frame::trailers(trailers.clone()))
        } else {
            *self = Self::Lost("its body has frames of a kind that cannot be repeated");
            return;
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

/// The first attempt's body, once the second has taken its turn.
#[derive(Debug)]
struct Superseded;

impl fmt::Display for Superseded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was refused before its body was complete, and is being repeated")
    }
}

impl std::error::Error for Superseded {}
