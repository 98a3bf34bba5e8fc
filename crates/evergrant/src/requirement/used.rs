//! Which tokens a request went out with, so that a refusal finds its way back to their managers.

use crate::token::Generation;

/// The tokens of one request: none or one without an allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Used {
    #[default]
    Nothing,
    One(UsedToken),
    Several(Vec<UsedToken>),
}

/// A token, its manager named by its place in the requirement: a reference count, shared by all threads that make
/// requests, would cost more than the rest of the hot path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsedToken {
    pub(crate) alternative: usize,
    pub(crate) scheme: usize,
    pub(crate) generation: Generation,
}

impl Used {
    /// The token of an authorizer that needs nothing else.
    #[inline]
    pub(crate) fn of_one(generation: Generation) -> Self {
        Self::One(UsedToken {
            alternative: 0,
            scheme: 0,
            generation,
        })
    }

    pub(crate) fn push(&mut self, token: UsedToken) {
        match self {
            Self::Nothing => *self = Self::One(token),
            Self::One(first) => *self = Self::Several(vec![*first, token]),
            Self::Several(tokens) => tokens.push(token),
        }
    }

    /// Whether this very token of this manager is among them.
    pub(crate) fn contains(&self, token: &UsedToken) -> bool {
        self.tokens().contains(token)
    }

    pub(crate) fn tokens(&self) -> &[UsedToken] {
        match self {
            Self::Nothing => &[],
            Self::One(token) => std::slice::from_ref(token),
            Self::Several(tokens) => tokens,
        }
    }
}
