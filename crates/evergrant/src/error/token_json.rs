//! The error of parsing a token from JSON.

use std::fmt;

/// The error of JSON that contains no usable token: the input of [`Token::from_json`](crate::Token::from_json), or a
/// response of the token endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenJsonError {
    text: String,
    problem: TokenProblem,
}

/// The kind of problem, which the remedy depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    /// The access token is missing, or may be at this path.
    Missing(Option<String>),
    /// The token type is unknown.
    Type,
    /// The token type is known but is not a bearer type.
    ProofType,
    /// The token is not bound to the client's key.
    Unbound,
    /// The token is bound to another key.
    OtherKey,
    Other,
}

impl TokenJsonError {
    pub(crate) fn new(text: String, problem: TokenProblem) -> Self {
        Self { text, problem }
    }

    pub(crate) fn problem(&self) -> &TokenProblem {
        &self.problem
    }
}

impl fmt::Display for TokenJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token {}", self.text)
    }
}

impl std::error::Error for TokenJsonError {}
