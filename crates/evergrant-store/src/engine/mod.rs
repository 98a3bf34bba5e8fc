//! The engines, one folder each.

#[cfg(any(feature = "redis", feature = "postgres"))]
mod certificates;
#[cfg(feature = "file")]
mod file;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod listener;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod remote;

use evergrant::store::{MemoryStore, SharedStore};

#[cfg(any(feature = "redis", feature = "postgres"))]
use self::remote::RemoteSettings;
#[cfg(feature = "postgres")]
use self::remote::RemoteSettings as PostgresSettings;
#[cfg(feature = "redis")]
use self::remote::RemoteSettings as RedisSettings;
use crate::builder::UnencryptedConnection;
use crate::error::StoreBuildError;
use crate::url::{Engine, StoreUrl};

/// The engine that the URL asks for. Nothing is connected to yet.
pub(crate) fn open(url: &StoreUrl, unencrypted: UnencryptedConnection) -> Result<SharedStore, StoreBuildError> {
    #[cfg(any(feature = "redis", feature = "postgres"))]
    let remote = || RemoteSettings {
        url: url.text.clone(),
        unencrypted,
    };
    #[cfg(not(any(feature = "redis", feature = "postgres")))]
    let _ = unencrypted;
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
