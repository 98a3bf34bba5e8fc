//! The API's answer is not what its description promises.

use std::fmt;

use http::StatusCode;

use super::api::call;
use crate::decode::DecodeError;
use crate::describe::Operation;

/// Whose answer could not be read, and why. Nothing of the answer is in it.
#[derive(Clone)]
pub struct DecodeProblem {
    operation: &'static Operation,
    status: StatusCode,
    problem: DecodeError,
}

impl DecodeProblem {
    pub(crate) fn new(operation: &'static Operation, status: StatusCode, problem: DecodeError) -> Self {
        Self {
            operation,
            status,
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
            .field("problem", &self.problem)
            .finish()
    }
}

impl std::error::Error for DecodeProblem {}
