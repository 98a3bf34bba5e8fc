//! Reads back what a client was built with, but for secrets.

use std::time::Duration;

use super::Core;
use crate::settings::Given;
use crate::{BasicCredentials, OAuthCredentials};

impl Core {
    /// The credentials of a scheme of basic authentication, if it is configured.
    #[must_use]
    pub fn basic(&self, scheme: usize) -> Option<&BasicCredentials> {
        match self.given(scheme)? {
            Given::Basic(credentials) => Some(credentials),
            _ => None,
        }
    }

    /// The credentials of an OAuth scheme, if it is configured.
    #[must_use]
    pub fn oauth(&self, scheme: usize) -> Option<&OAuthCredentials> {
        match self.given(scheme)? {
            Given::OAuth(credentials) => Some(credentials),
            _ => None,
        }
    }

    /// The environment, by its index in the description.
    #[must_use]
    pub fn environment(&self) -> usize {
        self.shared.settings.environment
    }

    /// The time limit of each try of a call; zero for none.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.shared.settings.timeout
    }

    fn given(&self, scheme: usize) -> Option<&Given> {
        self.shared.settings.schemes.get(scheme)?.given.as_ref()
    }
}
