//! Credentials of API key schemes.

use evergrant::Secret;

/// The credentials of an API key scheme: one key, or several keys that form one credential.
#[derive(Debug, Clone)]
pub struct KeyCredentials {
    pub(crate) keys: Vec<Secret>,
}

impl KeyCredentials {
    /// Creates credentials from the keys, in the order in which the API's metadata
    /// ([`SchemeKind::Keys`](crate::metadata::SchemeKind::Keys)) lists them.
    pub fn new<K: Into<Secret>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self {
            keys: keys.into_iter().map(Into::into).collect(),
        }
    }
}
