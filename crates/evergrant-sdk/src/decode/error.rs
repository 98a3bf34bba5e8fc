//! The error of a body that cannot be decoded.

use std::fmt;

/// The reason why a response body cannot be decoded: the position of the problem and the expected type.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError {
    pub(super) path: String,
    pub(super) problem: String,
}

impl DecodeError {
    /// Creates the error of a response body that cannot be decoded as a whole. `problem` must not contain values from
    /// the body.
    pub fn new(problem: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            problem: problem.into(),
        }
    }

    /// Returns the position of the problem in the JSON of the response body, such as `items[3].price`. An empty string
    /// means that the problem applies to the whole body.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns a description of the problem, without values from the body.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.problem)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for DecodeError {}
