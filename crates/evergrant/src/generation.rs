//! Generations of tokens: the token with the greater generation is newer.

use std::fmt;

/// The generation of a manager's token: a number that increases with each token that the manager installs.
///
/// A caller whose token was rejected [reports](crate::TokenManager::reject) the generation of that token, so that a
/// late report does not discard a newer token. A token that no manager has installed has the generation zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(pub(crate) u64);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The generation of a token in a store: a number that increases with each saved token, even after the store has lost
/// its data.
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
