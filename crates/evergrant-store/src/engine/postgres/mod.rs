//! The engine for Postgres.

use evergrant::store::{Loaded, StoreError, StoreKey, Swap, SwapOutcome, TokenStore};

use super::PostgresSettings;
use crate::error::StoreBuildError;

#[derive(Debug)]
pub(crate) enum PostgresStore {}

impl PostgresStore {
    pub(crate) fn new(settings: PostgresSettings) -> Result<Self, StoreBuildError> {
        settings.check_unencrypted("127.0.0.1", "TLS")?;
        settings
            .url
            .expose()
            .parse::<url::Url>()
            .map_err(|_| StoreBuildError::invalid_url("it is not a URL"))?;
        Err(StoreBuildError::tls("this engine is not there yet"))
    }
}

impl TokenStore for PostgresStore {
    async fn load(&self, _: &StoreKey) -> Result<Loaded, StoreError> {
        match *self {}
    }

    async fn swap(&self, _: &StoreKey, _: Swap) -> Result<SwapOutcome, StoreError> {
        match *self {}
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        match *self {}
    }
}
