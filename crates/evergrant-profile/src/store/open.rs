//! Opens the store of a profile.

use std::time::Duration;

use evergrant::store::SharedStore;

use super::{StoreChoice, StoreEncryption, StoreLocation, StoreSettings};
use crate::error::Error;

impl StoreSettings {
    /// Opens the token store that these settings select. The store connects on first use. Returns `None` if no store is
    /// set, or if the settings disable storing.
    ///
    /// # Errors
    /// Returns [`Error::Store`] if the URL, the keys or the file permissions are invalid, and
    /// [`Error::SecretUnavailable`] if the keys cannot be read.
    pub fn open(&self) -> Result<Option<SharedStore>, Error> {
        match &self.choice {
            Some(StoreChoice::At(location)) => self.open_at(location).map(Some),
            Some(StoreChoice::Disabled) | None => Ok(None),
        }
    }

    /// Returns the time limit of one operation on the store, or `None` if tokens are not stored.
    pub(crate) fn operation_timeout(&self) -> Option<Duration> {
        match &self.choice {
            Some(StoreChoice::At(location)) => Some(location.operation_timeout()),
            Some(StoreChoice::Disabled) | None => None,
        }
    }

    fn open_at(&self, location: &StoreLocation) -> Result<SharedStore, Error> {
        let mut builder = evergrant_store::store(location.url().expose());
        builder = match &self.encryption {
            Some(StoreEncryption::Keys(keys)) => builder.encryption(keys.read_keys()?),
            Some(StoreEncryption::Plaintext) => builder.danger_plaintext(),
            None => builder,
        };
        if self.allow_unencrypted_connection {
            builder = builder.danger_allow_unencrypted_connection();
        }
        if self.allow_clear_text_password {
            builder = builder.danger_allow_clear_text_password();
        }
        builder.build().map_err(|source| Error::Store {
            setting: location.setting().to_owned(),
            source,
        })
    }
}
