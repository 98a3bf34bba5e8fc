//! Why something is no token.

use std::fmt;

/// Why a text cannot be read as a token.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenJsonError {
    text: String,
    problem: Problem,
}

/// What the remedy depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// No member holds an access token, but for the one at this path, perhaps.
    Missing(Option<String>),
    /// The token type is not known.
    Type,
    /// The token type is known, and not one of bearer tokens.
    ProofType,
    Other,
}

impl TokenJsonError {
    pub(crate) fn new(text: String, problem: Problem) -> Self {
        Self { text, problem }
    }

    pub(crate) fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for TokenJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token {}", self.text)
    }
}

impl std::error::Error for TokenJsonError {}
