//! Generations: numbers that tell which of two tokens is newer.

use std::fmt;

/// The number of a token among the tokens of one [`TokenManager`](crate::TokenManager). It increases with each token
/// that the manager starts to use.
///
/// When an API rejects a token, the caller [reports](crate::TokenManager::reject) the token's generation, so that a
/// late report does not discard a newer token. A token that does not come from a manager has the generation zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(pub(crate) u64);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The number of a token in a [token store](crate::store). It increases with each token that is saved under one key,
/// even after the store has lost its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreGeneration(pub(crate) u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_shown_as_its_number() {
        assert_eq!(format!("{}, {:>3}", Generation(7), Generation(8)), "7,   8");
    }
}
