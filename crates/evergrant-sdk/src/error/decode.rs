//! The API's answer is not what its description promises.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::api::call;
use crate::decode::DecodeError;
use crate::describe::Operation;

/// Whose answer could not be read, and why, with everything that it said. Neither `Debug` nor the message shows headers or body.
#[derive(Clone)]
pub struct DecodeProblem {
    operation: &'static Operation,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    problem: DecodeError,
}

impl DecodeProblem {
    pub(crate) fn new(
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        problem: DecodeError,
    ) -> Self {
        Self {
            operation,
            status,
            headers,
            body,
            problem,
        }
    }

    /// The id of the operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation.id
    }

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

    /// The response's body; of an event, its data; empty where it was not read at all, being of another type than a stream's.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// What was expected, and where.
    #[must_use]
    pub fn problem(&self) -> &DecodeError {
        &self.problem
    }
}

impl fmt::Display for DecodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (call, status, problem) = (call(self.operation), self.status, &self.problem);
        write!(f, "the answer of {call} ({status}) cannot be read: {problem}")
    }
}

impl fmt::Debug for DecodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeProblem")
            .field("operation", &self.operation.id)
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("problem", &self.problem)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for DecodeProblem {}
