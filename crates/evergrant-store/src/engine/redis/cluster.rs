//! A cluster: connections to its servers, and its slot map, which is read again when it is out of date.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use evergrant::store::{StoreError, StoreErrorKind};

use super::address::Address;
use super::cluster_slots::Slots;
use super::connection::{Connection, Introduction};
use super::failure::{Failure, senseless};
use super::first_reachable_server;
use super::settings::Settings;
use super::shared_lazy_value::{Kept, Usable};

/// A Redis Cluster. Cloning is cheap.
#[derive(Debug, Clone)]
pub(super) struct Cluster(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: Arc<Settings>,
    /// The servers in the URL.
    seeds: Vec<Address>,
    servers: Mutex<HashMap<Address, Server>>,
    slots: Kept<Arc<Slots>>,
}

/// Minimum time between two reads of the slot map because of an unreachable server.
const REREAD_AFTER: Duration = Duration::from_millis(300);

type Server = Arc<Kept<Arc<Connection>>>;

impl Cluster {
    pub(super) fn new(settings: Arc<Settings>, seeds: Vec<Address>) -> Self {
        Self(Arc::new(Shared {
            settings,
            seeds,
            servers: Mutex::default(),
            slots: Kept::new(),
        }))
    }

    /// Returns a connection to the master of this key.
    pub(super) async fn of(&self, key: &str) -> Result<Arc<Connection>, StoreError> {
        let address = self.owner(key).await?;
        // If the last known master is dead, the other servers know the new one.
        if !self.server(&address).is_doubtful() || self.is_map_fresh() {
            let outcome = self.at(&address).await;
            if outcome.is_ok() || self.is_map_fresh() {
                return outcome;
            }
        }
        self.doubt();
        let address = self.owner(key).await?;
        self.at(&address).await
    }

    /// Returns a connection to this server.
    pub(super) async fn at(&self, address: &Address) -> Result<Arc<Connection>, StoreError> {
        let settings = Arc::clone(&self.0.settings);
        let make = || {
            let address = address.clone();
            async move { Connection::open(&settings, &address, Introduction::Login).await }
        };
        self.server(address).get(make).await
    }

    pub(super) async fn masters(&self) -> Result<Vec<Address>, StoreError> {
        let slots = self.slots().await?;
        Ok(slots.masters().into_iter().cloned().collect())
    }

    /// Invalidates the slot map: it is read again before the next command.
    pub(super) fn doubt(&self) {
        self.0.slots.forget();
    }

    fn is_map_fresh(&self) -> bool {
        !self.0.slots.is_older_than(REREAD_AFTER)
    }

    async fn owner(&self, key: &str) -> Result<Address, StoreError> {
        let slots = self.slots().await?;
        slots.owner(key).cloned().ok_or_else(|| {
            self.doubt();
            StoreError::new(
                StoreErrorKind::Unavailable,
                "no server of the cluster has the key's slot",
            )
        })
    }

    async fn slots(&self) -> Result<Arc<Slots>, StoreError> {
        let cluster = self.clone();
        self.0.slots.get(|| async move { cluster.read_slots().await }).await
    }

    async fn read_slots(self) -> Result<Arc<Slots>, StoreError> {
        let known: Vec<Address> = self.servers().keys().cloned().collect();
        let mut candidates = self.0.seeds.clone();
        candidates.extend(known.into_iter().filter(|address| !self.0.seeds.contains(address)));
        // The servers that are likely to respond come first.
        candidates.sort_by_key(|address| self.server(address).is_doubtful());
        let questions = candidates.into_iter().map(|address| {
            let cluster = self.clone();
            async move { cluster.slots_by(&address).await }
        });
        let slots = first_reachable_server::answer(questions).await?;
        let masters: HashSet<&Address> = slots.masters().into_iter().collect();
        let seeds = &self.0.seeds;
        self.servers()
            .retain(|address, _| masters.contains(address) || seeds.contains(address));
        Ok(Arc::new(slots))
    }

    async fn slots_by(&self, address: &Address) -> Result<Slots, StoreError> {
        let connection = self.at(address).await?;
        let ask = async |what: &str| {
            let mut question = redis::pipe();
            question.cmd("CLUSTER").arg(what);
            connection.ask(question).await
        };
        // A server that has lost its connection to the others has an outdated slot map.
        match ask("INFO").await.map(redis::from_redis_value::<String>) {
            Ok(Ok(info)) if info.contains("cluster_state:fail") => {
                let problem = format!("{address} reports that the cluster is down");
                return Err(StoreError::new(StoreErrorKind::Unavailable, problem));
            }
            Err(failure) if !failure.is_forbidden() => return Err(failure.at(address)),
            _ => {}
        }
        let answer = ask("SLOTS").await.map_err(|failure: Failure| failure.at(address))?;
        Slots::read(answer, address).ok_or_else(|| senseless(address))
    }

    fn server(&self, address: &Address) -> Server {
        let mut servers = self.servers();
        let server = servers.entry(address.clone()).or_insert_with(|| Arc::new(Kept::new()));
        Arc::clone(server)
    }

    fn servers(&self) -> MutexGuard<'_, HashMap<Address, Server>> {
        self.0.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Usable for Arc<Slots> {
    fn is_usable(&self) -> bool {
        true
    }
}
