//! The public settings of a client.

mod setters;

use std::fmt;
use std::sync::Arc;

use evergrant::BuildError;

use super::{Core, Shared};
use crate::configuration::Configuration;
use crate::metadata::Api;

/// The settings of a client, and the builder of the client. Schemes, servers, variables and headers are identified by
/// their index in the [description](crate::metadata::Api).
#[derive(Clone)]
pub struct Settings {
    configuration: Configuration,
    /// The client that these settings were copied from.
    previous: Option<Arc<Shared>>,
}

impl Settings {
    /// Creates settings with the default values for the described API.
    #[must_use]
    pub fn new(api: &'static Api) -> Self {
        Self {
            configuration: Configuration::new(api),
            previous: None,
        }
    }

    /// Builds the client. No request is sent.
    ///
    /// If the settings come from an [existing client](Core::settings), the new client shares the connections of the
    /// existing client, unless the HTTP settings have changed. The new client also shares the tokens of all schemes
    /// with unchanged credentials and endpoints; token requests of these schemes continue to use the previous
    /// connections.
    ///
    /// # Errors
    /// [`BuildError`] names the invalid setting.
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
