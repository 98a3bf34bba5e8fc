//! The tokens of a request, so that rejections can be reported to their managers.

use crate::token_generation::Generation;

/// The tokens of one request. None or one need no allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum UsedTokens {
    #[default]
    None,
    One(UsedToken),
    Many(Vec<UsedToken>),
}

/// A token of a request. The manager is identified by its position in the requirement, because a reference count shared
/// by all threads would cost more than the rest of the hot path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsedToken {
    pub(crate) alternative: usize,
    pub(crate) scheme: usize,
    pub(crate) generation: Generation,
}

impl UsedTokens {
    /// The token of an authorizer without a requirement.
    #[inline]
    pub(crate) fn single(generation: Generation) -> Self {
        Self::One(UsedToken {
            alternative: 0,
            scheme: 0,
            generation,
        })
    }

    pub(crate) fn push(&mut self, token: UsedToken) {
        match self {
            Self::None => *self = Self::One(token),
            Self::One(first) => *self = Self::Many(vec![*first, token]),
            Self::Many(tokens) => tokens.push(token),
        }
    }

    /// Returns whether this token of this manager is among them.
    pub(crate) fn contains(&self, token: &UsedToken) -> bool {
        self.tokens().contains(token)
    }

    pub(crate) fn tokens(&self) -> &[UsedToken] {
        match self {
            Self::None => &[],
            Self::One(token) => std::slice::from_ref(token),
            Self::Many(tokens) => tokens,
        }
    }
}
