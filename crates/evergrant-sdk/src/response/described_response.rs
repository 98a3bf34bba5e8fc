//! The responses that the API description defines for an operation.

use http::StatusCode;

use crate::decode::Content;
use crate::decode::error::DecodeError;

/// A response that the API description defines for an operation: its status, and the function that decodes its body.
///
/// ```
/// use evergrant_sdk::{Expect, Status, decode};
///
/// #[derive(serde::Deserialize)]
/// struct Problem { title: String }
///
/// enum GetBookError { NotFound(Problem), Other(String) }
///
/// let errors: &[Expect<GetBookError>] = &[
///     Expect::new(Status::Exact(404), |body| decode::json(body).map(GetBookError::NotFound)),
///     Expect::new(Status::Any, |body| decode::text(body).map(GetBookError::Other)),
/// ];
/// # let _ = errors;
/// ```
#[derive(Debug)]
pub struct Expect<T> {
    status: Status,
    decode: fn(&Content) -> Result<T, DecodeError>,
}

/// The HTTP statuses to which an expected response ([`Expect`]) applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Matches exactly this status.
    Exact(u16),
    /// Matches all statuses with this first digit: `4` matches 400 to 499.
    Range(u8),
    /// Matches every status, like OpenAPI's `default`.
    Any,
}

impl<T> Expect<T> {
    /// Creates a response that the API description defines for an operation. `decode` decodes the body of each response
    /// whose status matches `status`.
    pub const fn new(status: Status, decode: fn(&Content) -> Result<T, DecodeError>) -> Self {
        Self { status, decode }
    }

    /// Returns whether this applies to exactly one status.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self.status, Status::Exact(_))
    }

    pub(crate) fn decode(&self, body: &Content) -> Result<T, DecodeError> {
        (self.decode)(body)
    }
}

impl<T> Clone for Expect<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Expect<T> {}

impl Status {
    /// Returns how specifically this matches a status; `None` if it does not match.
    fn specificity(self, status: StatusCode) -> Option<u8> {
        match self {
            Self::Exact(code) if code == status.as_u16() => Some(2),
            Self::Range(hundred) if u16::from(hundred) == status.as_u16() / 100 => Some(1),
            Self::Any => Some(0),
            _ => None,
        }
    }
}

/// Returns the most specific match, and the first of several equal ones.
pub(crate) fn matching<T>(expected: &[Expect<T>], status: StatusCode) -> Option<&Expect<T>> {
    let matches = expected
        .iter()
        .filter_map(|expect| Some((expect.status.specificity(status)?, expect)));
    // `max_by_key` returns the last of several equal ones.
    matches
        .rev()
        .max_by_key(|(specificity, _)| *specificity)
        .map(|(_, expect)| expect)
}
