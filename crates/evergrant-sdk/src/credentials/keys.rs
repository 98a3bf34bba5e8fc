//! API keys.

use evergrant::Secret;

/// The keys of one scheme: a single one, or several that are one credential.
#[derive(Debug, Clone)]
pub struct KeyCredentials {
    pub(crate) keys: Vec<Secret>,
}

impl KeyCredentials {
    /// Takes the keys in the order of the description.
    pub fn new<K: Into<Secret>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self {
            keys: keys.into_iter().map(Into::into).collect(),
        }
    }
}
