//! The error type for responses that cannot be decoded.

use std::fmt;

use bytes::Bytes;
use evergrant::ResponseHead;
use evergrant::error::report;

use super::CallName;
use crate::decode::error::DecodeError;
use crate::response_head_accessors::head_accessors;

/// The error of a response whose body cannot be decoded as the API description defines it. It contains the reason and
/// the status, headers and body of the response. `Display` and `Debug` write the same message, without headers and
/// body.
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

    /// Returns the response body or, for an event stream, the data of the event that cannot be decoded. If the response
    /// is not an event stream although the call expects one, the body is not read, and this method returns no bytes.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the reason why the body cannot be decoded: the position in the body and the expected type.
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
