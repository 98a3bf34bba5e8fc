//! Finds the server of a key, for a single server, a Sentinel group or a cluster.

use std::sync::Arc;

use evergrant::store::StoreError;

use super::address::Address;
use super::cluster::Cluster;
use super::connection::{Connection, Introduction};
use super::sentinel;
use super::settings::{Layout, Settings, Whereabouts};
use super::shared_lazy_value::Kept;

/// The servers of a store.
#[derive(Debug)]
pub(super) enum Servers {
    One(Only),
    Many(Cluster),
}

/// The server that has all keys: a single server, or the current master of a Sentinel group.
#[derive(Debug)]
pub(super) struct Only {
    settings: Arc<Settings>,
    whereabouts: Whereabouts,
    connection: Kept<Arc<Connection>>,
}

impl Servers {
    pub(super) fn new(settings: &Arc<Settings>) -> Self {
        let settings = Arc::clone(settings);
        match settings.layout.clone() {
            Layout::One(whereabouts) => Self::One(Only {
                settings,
                whereabouts,
                connection: Kept::new(),
            }),
            Layout::Cluster(seeds) => Self::Many(Cluster::new(settings, seeds)),
        }
    }

    /// Returns a connection to the server of this key.
    pub(super) async fn of(&self, key: &str) -> Result<Arc<Connection>, StoreError> {
        match self {
            Self::One(only) => only.connection().await,
            Self::Many(cluster) => cluster.of(key).await,
        }
    }

    /// Returns a connection to the target of a redirect.
    pub(super) async fn at(&self, address: &Address) -> Result<Arc<Connection>, StoreError> {
        match self {
            Self::One(only) => only.connection().await,
            Self::Many(cluster) => cluster.at(address).await,
        }
    }

    /// Returns whether servers may redirect to others.
    pub(super) fn are_many(&self) -> bool {
        matches!(self, Self::Many(_))
    }

    /// Returns the addresses of the masters.
    pub(super) async fn masters(&self) -> Result<Vec<Address>, StoreError> {
        match self {
            Self::One(only) => Ok(vec![only.connection().await?.address.clone()]),
            Self::Many(cluster) => cluster.masters().await,
        }
    }

    /// Invalidates what is known about the servers of keys.
    pub(super) fn doubt(&self) {
        match self {
            // The connection knows whether it is usable.
            Self::One(_) => {}
            Self::Many(cluster) => cluster.doubt(),
        }
    }
}

impl Only {
    async fn connection(&self) -> Result<Arc<Connection>, StoreError> {
        let open = || {
            let (settings, whereabouts) = (Arc::clone(&self.settings), self.whereabouts.clone());
            async move {
                match whereabouts {
                    Whereabouts::At(address) => {
                        Connection::open(&settings, &address, Introduction::LoginAndDatabase).await
                    }
                    Whereabouts::KnownTo { sentinels, service } => sentinel::master(settings, sentinels, service).await,
                }
            }
        };
        self.connection.get(open).await
    }
}
