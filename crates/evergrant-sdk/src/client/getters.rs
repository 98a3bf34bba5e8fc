//! Getters for the settings of a built client, except for secrets.

use std::time::Duration;

use super::Core;
use crate::configuration::SchemeCredentials;
use crate::credentials::{BasicCredentials, OAuthCredentials, OAuthGrant};

impl Core {
    /// Returns the credentials of a Basic scheme, or `None` if they are not set. `scheme` is its index in
    /// [`Api::schemes`](crate::metadata::Api::schemes).
    #[must_use]
    pub fn basic<S>(&self, scheme: usize) -> Option<BasicCredentials<S>> {
        match self.credentials(scheme)? {
            SchemeCredentials::Basic(credentials) => Some(BasicCredentials::clone(credentials).with_marker()),
            _ => None,
        }
    }

    /// Returns the credentials of an OAuth scheme, or `None` if no credentials with the grant `G` are set. `scheme` is
    /// its index in [`Api::schemes`](crate::metadata::Api::schemes).
    #[must_use]
    pub fn oauth<G: OAuthGrant, S>(&self, scheme: usize) -> Option<OAuthCredentials<G, S>> {
        match self.credentials(scheme)? {
            SchemeCredentials::OAuth(settings) => OAuthCredentials::for_grant(settings),
            _ => None,
        }
    }

    /// Returns the index of the selected environment in [`Api::environments`](crate::metadata::Api::environments).
    #[must_use]
    pub fn environment(&self) -> usize {
        self.shared.configuration.environment
    }

    /// Returns the default time limit of a call; see [`Settings::timeout`](crate::Settings::timeout). Zero means no
    /// limit.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.shared.configuration.timeout
    }

    fn credentials(&self, scheme: usize) -> Option<&SchemeCredentials> {
        self.shared.configuration.schemes.get(scheme)?.credentials.as_ref()
    }
}
