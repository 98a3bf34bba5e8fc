//! A string in a model that contains a secret: OpenAPI's `format: password`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret string in a generated model, such as a password. Its `Debug` output hides the content. It is serialized
/// unchanged.
///
/// ```
/// use evergrant_sdk::SensitiveString;
///
/// let password = SensitiveString::from("not-a-real-password");
/// assert_eq!(format!("{password:?}"), "SensitiveString(..)");
/// assert_eq!(password.expose(), "not-a-real-password");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SensitiveString(String);

impl SensitiveString {
    /// Returns the secret string.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SensitiveString {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SensitiveString {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for SensitiveString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SensitiveString(..)")
    }
}
