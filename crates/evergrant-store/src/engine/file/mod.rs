//! The engine for files.

use evergrant::Secret;
use evergrant::store::{Loaded, StoreError, StoreKey, Swap, SwapOutcome, TokenStore};

use crate::error::StoreBuildError;

#[derive(Debug)]
pub(crate) enum FileStore {}

impl FileStore {
    pub(crate) fn new(_: &Secret) -> Result<Self, StoreBuildError> {
        Err(StoreBuildError::invalid_url("this engine is not there yet"))
    }
}

impl TokenStore for FileStore {
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
