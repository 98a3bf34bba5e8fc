//! The API's answer is not what its description promises.

use std::fmt;

use bytes::Bytes;
use evergrant::error::report;
use http::{HeaderMap, StatusCode};

use super::Called;
use crate::decode::DecodeError;

/// Whose answer could not be read, and why, with everything that it said. The message, which `Debug`
/// writes too, shows neither headers nor body.
#[derive(Clone)]
pub struct DecodeProblem {
    called: Called,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    problem: DecodeError,
}

impl DecodeProblem {
    pub(crate) fn new(
        called: Called,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        problem: DecodeError,
    ) -> Self {
        Self {
            called,
            status,
            headers,
            body,
            problem,
        }
    }

    /// The id of the operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.called.id()
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
        let (call, status, problem) = (&self.called, self.status, &self.problem);
        write!(f, "the answer of {call} ({status}) cannot be read: {problem}")
    }
}

impl fmt::Debug for DecodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}

impl std::error::Error for DecodeProblem {}
