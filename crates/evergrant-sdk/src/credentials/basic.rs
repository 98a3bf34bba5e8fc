//! Credentials of Basic schemes: a user name and a password.

use std::fmt;
use std::marker::PhantomData;

use evergrant::Secret;

/// The credentials of a Basic scheme: a user name and a password (RFC 7617). `S` is a marker type for the scheme, as in
/// [`OAuthCredentials`](crate::OAuthCredentials).
///
/// ```
/// use evergrant_sdk::BasicCredentials;
///
/// #[derive(Debug)]
/// pub enum AccountScheme {}
/// pub type AccountCredentials = BasicCredentials<AccountScheme>;
///
/// assert_eq!(AccountCredentials::new("jane", "not-a-real-password").username(), "jane");
/// ```
pub struct BasicCredentials<S = ()> {
    pub(crate) user: String,
    pub(crate) password: Secret,
    marker: PhantomData<fn() -> S>,
}

impl<S> BasicCredentials<S> {
    /// Creates credentials from a user name and a password. The password may be empty, for APIs that accept an API key
    /// as the user name.
    pub fn new(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            user: username.into(),
            password: password.into(),
            marker: PhantomData,
        }
    }

    /// Returns the user name. There is no getter for the password.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.user
    }

    /// Changes the marker.
    pub(crate) fn with_marker<T>(self) -> BasicCredentials<T> {
        BasicCredentials::new(self.user, self.password)
    }
}

impl<S> Clone for BasicCredentials<S> {
    fn clone(&self) -> Self {
        Self::new(self.user.clone(), self.password.clone())
    }
}

impl<S> fmt::Debug for BasicCredentials<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicCredentials")
            .field("user", &self.user)
            .field("password", &self.password)
            .finish()
    }
}
