//! Credentials of bearer schemes: a fixed token, which the client does not renew.

use std::fmt;
use std::marker::PhantomData;

use evergrant::Secret;

/// The credentials of a bearer scheme: a fixed token (RFC 6750). The client does not renew the token. To change it,
/// build a new client from [`Core::settings`](crate::Core::settings) with new credentials. `S` is a marker type for the
/// scheme, as in [`OAuthCredentials`](crate::OAuthCredentials).
pub struct BearerCredentials<S = ()> {
    pub(crate) token: Secret,
    marker: PhantomData<fn() -> S>,
}

impl<S> BearerCredentials<S> {
    /// Creates credentials from a token, without the prefix `Bearer`.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self {
            token: token.into(),
            marker: PhantomData,
        }
    }

    /// Changes the marker.
    pub(crate) fn with_marker<T>(self) -> BearerCredentials<T> {
        BearerCredentials::new(self.token)
    }
}

impl<S> Clone for BearerCredentials<S> {
    fn clone(&self) -> Self {
        Self::new(self.token.clone())
    }
}

impl<S> fmt::Debug for BearerCredentials<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerCredentials").field("token", &self.token).finish()
    }
}
