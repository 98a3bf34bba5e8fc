//! The engines of the stores: one module for each.

#[cfg(any(feature = "redis", feature = "postgres"))]
mod certificates;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod change_listener;
#[cfg(feature = "file")]
mod file;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod network_settings;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod response_limit;

#[cfg(any(feature = "redis", feature = "postgres"))]
use evergrant::store::StoreKey;
#[cfg(any(feature = "file", feature = "redis", feature = "postgres"))]
use evergrant::store::{MAX_RECORD_SIZE, StoreError, StoreErrorKind, Swap};
use evergrant::store::{MemoryStore, SharedStore};

#[cfg(any(feature = "redis", feature = "postgres"))]
use self::network_settings::RemoteSettings;
#[cfg(feature = "postgres")]
use self::network_settings::RemoteSettings as PostgresSettings;
#[cfg(feature = "redis")]
use self::network_settings::RemoteSettings as RedisSettings;
use crate::engine_by_url::{Engine, StoreUrl};
use crate::error::StoreBuildError;
use crate::insecure_connections::Permits;

/// Maximum number of keys that are listed.
#[cfg(any(feature = "redis", feature = "postgres"))]
const MAX_KEYS: usize = 100_000;

/// Opens the engine of a URL. It connects on first use.
pub(crate) fn open(url: &StoreUrl, permits: Permits) -> Result<SharedStore, StoreBuildError> {
    #[cfg(any(feature = "redis", feature = "postgres"))]
    let remote = || RemoteSettings {
        url: url.text.clone(),
        permits,
    };
    #[cfg(not(any(feature = "redis", feature = "postgres")))]
    let _ = permits;
    match url.engine {
        Engine::Memory => Ok(MemoryStore::new().into()),
        #[cfg(feature = "file")]
        Engine::File => Ok(file::FileStore::new(&url.text)?.into()),
        #[cfg(feature = "redis")]
        Engine::Redis => Ok(redis::RedisStore::new(remote())?.into()),
        #[cfg(feature = "postgres")]
        Engine::Postgres => Ok(postgres::PostgresStore::new(remote())?.into()),
        #[cfg(not(feature = "file"))]
        Engine::File => Err(not_enabled(url, "file")),
        #[cfg(not(feature = "redis"))]
        Engine::Redis => Err(not_enabled(url, "redis")),
        #[cfg(not(feature = "postgres"))]
        Engine::Postgres => Err(not_enabled(url, "postgres")),
    }
}

#[cfg(not(all(feature = "file", feature = "redis", feature = "postgres")))]
fn not_enabled(url: &StoreUrl, feature: &'static str) -> StoreBuildError {
    let scheme = url.scheme.to_owned();
    StoreBuildError::FeatureNotEnabled { scheme, feature }
}

/// Rejects a record that is too long to be loaded.
#[cfg(any(feature = "file", feature = "redis", feature = "postgres"))]
fn check_length(swap: &Swap) -> Result<(), StoreError> {
    let length = swap.record.as_ref().map_or(0, |record| record.expose().len());
    if length <= MAX_RECORD_SIZE {
        return Ok(());
    }
    let problem = format!("the record has {length} bytes; the maximum is {MAX_RECORD_SIZE} bytes");
    Err(StoreError::new(StoreErrorKind::Other, problem))
}

/// Returns the error for a value that is too long to be a record. `location` is where it is stored.
#[cfg(any(feature = "redis", feature = "postgres"))]
fn too_long(length: u64, key: &StoreKey, location: &dyn std::fmt::Display) -> StoreError {
    let problem = format!(
        "{location}: the value of the key {key} has {length} bytes, which is larger than any record \
         ({MAX_RECORD_SIZE} bytes); evergrant did not write it: remove it"
    );
    StoreError::new(StoreErrorKind::Unusable, problem)
}

#[cfg(any(feature = "redis", feature = "postgres"))]
fn too_many_keys(location: &dyn std::fmt::Display) -> StoreError {
    let problem = format!("{location}: more than {MAX_KEYS} records cannot be listed");
    StoreError::new(StoreErrorKind::Other, problem)
}
