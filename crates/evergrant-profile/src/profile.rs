//! The profile as deserialized, before its keys are checked.

use std::fmt;
use std::path::PathBuf;

use evergrant::{TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Client;
use serde::{Deserialize, Deserializer};

use crate::error::Error;
use crate::profile_location::ProfileLocation;
use crate::settings::{FileAccess, Settings, read};
use crate::untyped_value::{Table, table};

/// The OAuth settings of one client, as a section of a configuration file. The [crate documentation](crate) has an
/// example and a table of all keys.
///
/// Deserialization fails only if the value is not a table. The keys are checked later, by [`settings`](Self::settings)
/// and the methods that build something. The reason is that the error message of a parser shows the invalid line, which
/// may contain a secret. To detect errors early, call [`tokens`](Self::tokens) when the service starts.
///
/// The format of the configuration must be self-describing (`deserialize_any`), as TOML, YAML and JSON are. A profile
/// cannot be serialized. `Debug` shows the keys of the profile, but not their values.
#[derive(Clone, Default)]
pub struct Profile {
    location: ProfileLocation,
    table: Table,
    access: FileAccess,
}

impl Profile {
    pub(crate) fn new(location: ProfileLocation, table: Table, access: FileAccess) -> Self {
        Self {
            location,
            table,
            access,
        }
    }

    /// Sets the name by which error messages identify the profile, such as ``the profile `oauth` ``.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.location.name = Some(name.into());
        self
    }

    /// Sets the folder for relative paths in the profile's keys `client_secret_file`, `store_keys_file`, `ca_file` and
    /// `token_headers`. The default is the folder of the profile file. For a profile that is not from such a file, it
    /// is the working directory.
    #[must_use]
    pub fn relative_to(mut self, folder: impl Into<PathBuf>) -> Self {
        self.location.folder = Some(folder.into());
        self
    }

    /// Checks all keys of the profile and converts them to [`Settings`]. Secrets are not read yet, except for the store
    /// URL in the environment variable that the key `store_env` names.
    ///
    /// # Errors
    /// Returns an [`Error`] that names the profile, the key and the remedy.
    pub fn settings(&self) -> Result<Settings, Error> {
        read(self.location.clone(), self.table.clone(), self.access)
    }

    /// Builds a token manager from the settings of the profile, as [`Settings::tokens`] does.
    ///
    /// # Errors
    /// Returns an [`Error`] that names the profile, the key and the remedy.
    pub fn tokens(&self) -> Result<TokenManager, Error> {
        self.settings()?.tokens()
    }

    /// Returns a builder for a token manager of the client credentials grant. Use it to add settings that a profile
    /// does not have: see [`Settings::client_credentials`].
    ///
    /// # Errors
    /// Returns an [`Error`] that names the profile, the key and the remedy.
    pub fn client_credentials(&self) -> Result<TokenManagerBuilder, Error> {
        self.settings()?.client_credentials()
    }

    /// Builds an HTTP client for the API at the URL in the profile's key `base_url`, with a new token manager. For
    /// several clients that share tokens, use [`Settings::client`].
    ///
    /// # Errors
    /// Returns an [`Error`] that names the profile, the key and the remedy.
    pub fn client(&self) -> Result<Client, Error> {
        let settings = self.settings()?;
        Ok(settings.client(settings.tokens()?)?.build()?)
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(
            ProfileLocation::default(),
            table(deserializer)?,
            FileAccess::Unknown,
        ))
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&String> = self.table.keys().collect();
        f.debug_struct("Profile")
            .field("location", &self.location.description())
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}
