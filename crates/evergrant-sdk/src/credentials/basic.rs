//! A user and a password.

use evergrant::Secret;

/// A user and a password (RFC 7617).
#[derive(Debug, Clone)]
pub struct BasicCredentials {
    pub(crate) user: String,
    pub(crate) password: Secret,
}

impl BasicCredentials {
    /// Takes both. A password may be empty, as where an API takes its key for the user.
    pub fn new(user: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
        }
    }

    /// The user's name. The password is not readable.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.user
    }
}
