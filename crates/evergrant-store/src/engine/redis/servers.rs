//! A connection to whoever has a key, however the servers belong together.

use std::sync::Arc;

use evergrant::store::StoreError;

use super::address::Address;
use super::cluster::Cluster;
use super::connection::{Connection, Introduction};
use super::kept::Kept;
use super::sentinel;
use super::settings::{Layout, Settings, Whereabouts};

/// All servers of a store.
#[derive(Debug)]
pub(super) enum Servers {
    One(Only),
    Many(Cluster),
}

/// The one that has all keys, or has them at the moment.
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

    /// A connection to the one that has this key.
    pub(super) async fn of(&self, key: &str) -> Result<Arc<Connection>, StoreError> {
        match self {
            Self::One(only) => only.connection().await,
            Self::Many(cluster) => cluster.of(key).await,
        }
    }

    /// A connection to one that another one has named.
    pub(super) async fn at(&self, address: &Address) -> Result<Arc<Connection>, StoreError> {
        match self {
            Self::One(only) => only.connection().await,
            Self::Many(cluster) => cluster.at(address).await,
        }
    }

    /// Whether servers may name others.
    pub(super) fn are_many(&self) -> bool {
        matches!(self, Self::Many(_))
    }

    /// Those that have keys.
    pub(super) async fn masters(&self) -> Result<Vec<Address>, StoreError> {
        match self {
            Self::One(only) => Ok(vec![only.connection().await?.address.clone()]),
            Self::Many(cluster) => cluster.masters().await,
        }
    }

    /// Has it found out again who has which keys.
    pub(super) fn doubt(&self) {
        match self {
            // Its connection says itself whether it is of use.
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
