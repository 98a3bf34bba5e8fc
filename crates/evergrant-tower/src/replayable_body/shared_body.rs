//! The state that all attempts share: the unread request body, and the buffered part.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::{Buf as _, Bytes};
use evergrant::error::BoxError;
use http_body::{Body, Frame, SizeHint};

use super::Attempt;

/// Minimum cost of a frame, because each frame uses memory in addition to its bytes.
const MIN_FRAME_COST: usize = 64;

pub(super) struct Source<B> {
    body: Pin<Box<B>>,
    /// Whether the body was read, and its end.
    progress: Progress,
    /// The attempt that reads the body.
    attempt: Attempt,
    buffer: Buffer,
    /// The waker of the current attempt, while a replay may replace it.
    waker: Option<Waker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Unread,
    Read,
    Failed,
    /// The body must not be polled again.
    Ended,
}

/// The state that the next attempt starts with.
pub(super) struct NextAttempt {
    pub(super) attempt: Attempt,
    /// The frames that previous attempts have read.
    pub(super) buffered: VecDeque<Frame<Bytes>>,
    /// The waker of the previous attempt, whose body now ends with an error.
    pub(super) waker: Option<Waker>,
}

enum Buffer {
    /// All frames that were read, and the number of bytes that can still be added.
    Complete {
        frames: VecDeque<Frame<Bytes>>,
        capacity: usize,
        /// The size of the whole body, if it is known.
        size: Option<u64>,
    },
    /// The body was not kept for a replay; the string says why.
    Discarded(&'static str),
}

impl<B: Body> Source<B> {
    pub(super) fn new(body: B, limit: usize) -> Self {
        let size = body.size_hint().exact();
        Self {
            body: Box::pin(body),
            progress: Progress::Unread,
            attempt: 0,
            buffer: Buffer::Complete {
                frames: VecDeque::new(),
                capacity: limit,
                size,
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
            return Poll::Ready(Some(Err(AttemptSuperseded.into())));
        }
        if self.progress == Progress::Ended {
            return Poll::Ready(None);
        }
        if self.progress == Progress::Unread {
            self.progress = Progress::Read;
        }
        let Poll::Ready(polled) = self.body.as_mut().poll_frame(context) else {
            self.register(context.waker());
            return Poll::Pending;
        };
        Poll::Ready(match polled {
            Some(Ok(frame)) => {
                let frame = frame.map_data(|mut data| data.copy_to_bytes(data.remaining()));
                self.buffer.add(&frame);
                Some(Ok(frame))
            }
            Some(Err(error)) => {
                self.progress = Progress::Failed;
                self.buffer = Buffer::Discarded("its body failed while it was sent");
                Some(Err(error.into()))
            }
            None => {
                self.progress = Progress::Ended;
                None
            }
        })
    }

    pub(super) fn is_end(&self, attempt: Attempt) -> bool {
        attempt == self.attempt && (self.progress == Progress::Ended || self.body.is_end_stream())
    }

    pub(super) fn size_hint(&self, attempt: Attempt) -> SizeHint {
        if attempt != self.attempt {
            SizeHint::new()
        } else if self.progress == Progress::Ended {
            SizeHint::with_exact(0)
        } else {
            self.body.size_hint()
        }
    }
}

impl<B> Source<B> {
    /// Lets the next attempt read the body.
    pub(super) fn start_next_attempt(&mut self) -> Result<NextAttempt, &'static str> {
        match &self.buffer {
            Buffer::Discarded(reason) => Err(reason),
            Buffer::Complete { frames, .. } => {
                self.attempt += 1;
                Ok(NextAttempt {
                    attempt: self.attempt,
                    buffered: frames.iter().filter_map(copy).collect(),
                    waker: self.waker.take(),
                })
            }
        }
    }

    /// Returns whether the body was read, and has not failed.
    pub(super) fn is_in_use(&self) -> bool {
        matches!(self.progress, Progress::Read | Progress::Ended)
    }

    /// Discards the buffer, because no replay will follow.
    pub(super) fn stop_buffering(&mut self) {
        self.buffer = Buffer::Discarded("it was already repeated");
    }

    fn register(&mut self, waker: &Waker) {
        if let Buffer::Complete { .. } = self.buffer {
            match &mut self.waker {
                Some(registered) => registered.clone_from(waker),
                None => self.waker = Some(waker.clone()),
            }
        }
    }
}

impl Buffer {
    fn add(&mut self, frame: &Frame<Bytes>) {
        let Self::Complete { frames, capacity, size } = self else {
            return;
        };
        if frame.data_ref().is_some_and(Bytes::is_empty) {
            return;
        }
        let is_whole = |data: &Bytes| size.is_some_and(|size| size == data.len() as u64);
        if frame.data_ref().is_some_and(is_whole) {
            // A body of one frame is in memory. Its copy shares that memory, whatever its size.
            *capacity = usize::MAX;
        }
        let Some(copy) = copy(frame) else {
            *self = Self::Discarded("its body has frames of an unknown type");
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
        match capacity.checked_sub(cost.max(MIN_FRAME_COST)) {
            Some(left) => {
                *capacity = left;
                frames.push_back(copy);
            }
            None => *self = Self::Discarded("the part of its body that was sent exceeds replay_limit"),
        }
    }
}

/// Copies a frame, unless its type is unknown.
fn copy(frame: &Frame<Bytes>) -> Option<Frame<Bytes>> {
    let data = frame.data_ref().cloned().map(Frame::data);
    data.or_else(|| frame.trailers_ref().cloned().map(Frame::trailers))
}

/// The error of a body whose request is being replayed.
#[derive(Debug)]
struct AttemptSuperseded;

impl fmt::Display for AttemptSuperseded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was rejected before its body was complete, and is being repeated")
    }
}

impl std::error::Error for AttemptSuperseded {}
