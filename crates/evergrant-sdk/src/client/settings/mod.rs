//! The public settings of a client.

mod setters;

use std::fmt;
use std::sync::Arc;

use evergrant::BuildError;

use super::{Core, Shared};
use crate::configuration::Configuration;
use crate::metadata::Api;

/// The settings of an API client, and the builder of the client. The methods identify schemes, servers, variables and
/// headers by their index in the [metadata of the API](crate::metadata::Api). A setter ignores an index that is not in
/// the metadata.
#[derive(Clone)]
pub struct Settings {
    configuration: Configuration,
    /// The client that these settings were copied from.
    previous: Option<Arc<Shared>>,
}

impl Settings {
    /// Creates settings with default values for an API. `api` is the metadata of the API.
    #[must_use]
    pub fn new(api: &'static Api) -> Self {
        Self {
            configuration: Configuration::new(api),
            previous: None,
        }
    }

    /// Builds the client. This method sends no request.
    ///
    /// If the settings come from an [existing client](Core::settings), the new client shares the connections of the
    /// existing client, unless the HTTP settings have changed. The new client also shares the tokens of every scheme
    /// whose credentials and endpoints are unchanged. Token requests of these schemes continue to use the connections
    /// of the existing client, even if the HTTP settings have changed.
    ///
    /// # Errors
    /// Returns a [`BuildError`] that names the invalid setting.
    pub fn build(self) -> Result<Core, BuildError> {
        let shared = Shared::build(self.configuration, self.previous.as_deref())?;
        Ok(Core::new(Arc::new(shared)))
    }

    /// Copies the settings of a client.
    pub(super) fn from_client(client: &Arc<Shared>) -> Self {
        Self {
            configuration: client.configuration.clone(),
            previous: Some(Arc::clone(client)),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.configuration, f)
    }
}
