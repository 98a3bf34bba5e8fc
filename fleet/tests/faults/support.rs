//! A server, a store on a real engine, and the processes that share tokens through it.

use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use evergrant::store::StoreKey;
use evergrant_store::KeyRing;
use evergrant_testing::{ApiServer, AuthServer};
use fleet::crew::{Crew, Program, Server};
use fleet::engine::{Folder, Postgres, Redis};
use fleet::member::Settings;
use fleet::proof::Evidence;

pub(crate) const CLIENT: &str = "bookshop";
pub(crate) const SECRET: &str = "not-a-real-secret";
/// A manager's default.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(5);
/// For things that take a moment, on a machine that has others to do.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The engines that every fault is tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Postgres,
    Redis,
}

/// An engine that runs.
pub(crate) enum Engine {
    File(Folder),
    Postgres(Postgres),
    Redis(Redis),
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::File, Self::Postgres, Self::Redis];

    pub(crate) fn start(self) -> Engine {
        match self {
            Self::File => Engine::File(Folder::start().unwrap()),
            Self::Postgres => Engine::Postgres(Postgres::start().unwrap()),
            Self::Redis => Engine::Redis(Redis::start().unwrap()),
        }
    }
}

impl Engine {
    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(folder) => folder.url(),
            Self::Postgres(postgres) => postgres.url(),
            Self::Redis(redis) => redis.url(),
        }
    }

    /// Stops it in its tracks.
    pub(crate) fn pause(&mut self) {
        match self {
            Self::File(folder) => folder.pause().unwrap(),
            Self::Postgres(postgres) => postgres.pause(),
            Self::Redis(redis) => redis.pause(),
        }
    }

    pub(crate) fn resume(&mut self) {
        match self {
            Self::File(folder) => folder.resume(),
            Self::Postgres(postgres) => postgres.resume(),
            Self::Redis(redis) => redis.resume(),
        }
    }

    pub(crate) fn kill(&mut self) {
        match self {
            Self::File(folder) => folder.kill().unwrap(),
            Self::Postgres(postgres) => postgres.kill(),
            Self::Redis(redis) => redis.kill(),
        }
    }

    /// With all records.
    pub(crate) fn restart(&mut self) {
        match self {
            Self::File(folder) => folder.restart().unwrap(),
            Self::Postgres(postgres) => postgres.restart().unwrap(),
            Self::Redis(redis) => redis.restart().unwrap(),
        }
    }

    /// Cuts all connections, where there are any.
    pub(crate) fn disconnect_all(&self) {
        match self {
            Self::File(_) => {}
            Self::Postgres(postgres) => {
                let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'evergrant'";
                postgres.ask(sql).unwrap();
            }
            Self::Redis(redis) => {
                for kind in ["normal", "pubsub"] {
                    redis.ask(&["CLIENT", "KILL", "TYPE", kind]).unwrap();
                }
            }
        }
    }

    /// Removes all records.
    pub(crate) fn flush(&self) {
        match self {
            Self::File(folder) => folder.flush().unwrap(),
            Self::Postgres(postgres) => postgres.flush().unwrap(),
            Self::Redis(redis) => redis.flush().unwrap(),
        }
    }
}

/// A fleet, and the server that gives it tokens.
pub(crate) struct World {
    pub(crate) server: Server,
    _api: ApiServer,
    pub(crate) crew: Crew,
    pub(crate) lifetime: Duration,
}

impl World {
    /// Nobody yet. The members show each token to an API.
    pub(crate) fn new(store: &str, lifetime: Duration, change: impl FnOnce(&mut Settings)) -> Self {
        let server = Server::start(AuthServer::builder().client(CLIENT, SECRET).lifetime(lifetime));
        let api = server.auth().api();
        let mut settings = Settings::new(&server.auth().token_url(), (CLIENT, SECRET), store);
        settings.api_url = Some(api.url("/books"));
        change(&mut settings);
        let program = Program::new(env!("CARGO_BIN_EXE_fleet-member"));
        Self {
            crew: Crew::new(program, settings),
            server,
            _api: api,
            lifetime,
        }
    }

    pub(crate) fn evidence(&self) -> Evidence {
        Evidence::gather(&self.server, &self.crew)
    }

    /// Of all that the server has granted.
    pub(crate) fn newest_serial(&self) -> u64 {
        self.server.auth().tokens_granted()
    }

    /// Of the members' record.
    pub(crate) fn key(&self) -> StoreKey {
        StoreKey::builder(self.server.auth().token_url(), CLIENT).build()
    }

    /// A share of the tokens' lifetime.
    pub(crate) fn share(&self, share: f64) -> Duration {
        self.lifetime.mul_f64(share)
    }
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work)
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Keys like those of every run.
pub(crate) fn keys() -> Option<String> {
    Some(KeyRing::new_key("test").unwrap().expose().to_owned())
}

/// Tries all of them beside each other, and names those that failed.
pub(crate) fn all_at_once<T: std::fmt::Debug + Sync>(cases: &[T], try_case: impl Fn(&T) -> Result<()> + Sync) {
    let failures: Vec<String> = thread::scope(|scope| {
        let tries: Vec<_> = cases
            .iter()
            .map(|case| (case, scope.spawn(|| try_case(case))))
            .collect();
        tries
            .into_iter()
            .filter_map(|(case, outcome)| {
                let outcome = outcome.join().unwrap_or_else(|_| Err(anyhow!("it panicked")));
                outcome.err().map(|error| format!("{case:?}: {error:?}"))
            })
            .collect()
    });
    assert!(
        failures.is_empty(),
        "{} of {} failed\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}
