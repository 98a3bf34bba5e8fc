//! Which status brings which body.

use http::StatusCode;

use crate::decode::{Content, DecodeError};

/// An answer that the description names, and how its body is read.
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

/// Which statuses are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// This one.
    Exact(u16),
    /// The hundred that starts with this digit: 4 for 400 to 499.
    Range(u8),
    /// Every status (OpenAPI's `default`).
    Any,
}

impl<T> Expect<T> {
    /// Answers with this status have a body that is read so.
    pub const fn new(status: Status, decode: fn(&Content) -> Result<T, DecodeError>) -> Self {
        Self { status, decode }
    }

    /// Whether it names one status alone.
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
    /// How closely it fits; `None` where it does not.
    fn fit(self, status: StatusCode) -> Option<u8> {
        match self {
            Self::Exact(code) if code == status.as_u16() => Some(2),
            Self::Range(hundred) if u16::from(hundred) == status.as_u16() / 100 => Some(1),
            Self::Any => Some(0),
            _ => None,
        }
    }
}

/// The first of those that fit closest.
pub(crate) fn matching<T>(expected: &[Expect<T>], status: StatusCode) -> Option<&Expect<T>> {
    let fitting = expected
        .iter()
        .filter_map(|expect| Some((expect.status.fit(status)?, expect)));
    // `max_by_key` would give the last of several.
    fitting.rev().max_by_key(|(fit, _)| *fit).map(|(_, expect)| expect)
}
