//! The error type for responses that cannot be decoded.

use std::fmt;

use bytes::Bytes;
use evergrant::ResponseHead;
use evergrant::error::report;

use super::CallName;
use crate::decode::error::DecodeError;
use crate::head_accessors::head_accessors;

/// The error of a response that cannot be decoded as described: the reason, with the status, headers and body.
/// `Display` and `Debug` write the same message, without headers and body.
#[derive(Clone)]
pub struct ResponseDecodeError {
    call: CallName,
    head: ResponseHead<'static>,
    body: Bytes,
    problem: DecodeError,
}

impl ResponseDecodeError {
    pub(crate) fn new(call: CallName, head: ResponseHead<'static>, body: Bytes, problem: DecodeError) -> Self {
        Self {
            call,
            head,
            body,
            problem,
        }
    }

    /// Returns the id of the operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.call.id()
    }

    /// Returns the response body, or the data of the event that cannot be decoded. The body is empty if the response is
    /// not the expected event stream, because such a body is not read.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the reason why the body cannot be decoded: the expected form and the position.
    #[must_use]
    pub fn problem(&self) -> &DecodeError {
        &self.problem
    }
}

head_accessors!(impl {} ResponseDecodeError, |problem| &problem.head);

impl fmt::Display for ResponseDecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (call, status, problem) = (&self.call, self.status(), &self.problem);
        write!(f, "the response to {call} ({status}) cannot be decoded: {problem}")
    }
}

impl fmt::Debug for ResponseDecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}

impl std::error::Error for ResponseDecodeError {}
