//! The fixture of the tests: a server, a store on a real engine, and processes that share tokens through it.

use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use evergrant::store::StoreKey;
use evergrant_store::KeyRing;
use evergrant_testing::{ApiServer, AuthServer};
use store_faults::engine::{Folder, Postgres, Redis};
use store_faults::invariants::RunReport;
use store_faults::processes::{Fleet, Program, Server};
use store_faults::worker::Settings;

pub(crate) const CLIENT: &str = "bookshop";
pub(crate) const SECRET: &str = "not-a-real-secret";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:8765/callback";
/// The longest wait of a call. The limits of the fleet are three times the manager's defaults, so that no verdict
/// depends on the speed of the machine: a fleet on a busy one exceeds the defaults without a fault.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(15);
/// The limit of a store operation.
pub(crate) const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// A lease that a healthy process extends on a busy machine, on which a step takes some hundred milliseconds.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// Timeout for waits that end early unless a test fails.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// The engines that are tested with each fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineKind {
    File,
    Postgres,
    Redis,
}

/// A running engine.
pub(crate) enum Engine {
    File(Folder),
    Postgres(Postgres),
    Redis(Redis),
}

impl EngineKind {
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

    /// Stops the engine until [`resume`](Self::resume): it does not respond, and connections stay open.
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

    /// Starts the engine again with all its records.
    pub(crate) fn restart(&mut self) {
        match self {
            Self::File(folder) => folder.restart().unwrap(),
            Self::Postgres(postgres) => postgres.restart().unwrap(),
            Self::Redis(redis) => redis.restart().unwrap(),
        }
    }

    /// Closes all connections to the engine.
    pub(crate) fn disconnect_all(&self) {
        match self {
            Self::File(_) => {}
            Self::Postgres(postgres) => {
                let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'evergrant'";
                postgres.sql(sql).unwrap();
            }
            Self::Redis(redis) => {
                for kind in ["normal", "pubsub"] {
                    redis.command(&["CLIENT", "KILL", "TYPE", kind]).unwrap();
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

/// A fleet, and the server that issues its tokens.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    _api: ApiServer,
    pub(crate) fleet: Fleet,
    pub(crate) lifetime: Duration,
}

impl Fixture {
    /// Creates a fixture without processes. Each process will call an API with its tokens.
    pub(crate) fn new(store: &str, lifetime: Duration, change: impl FnOnce(&mut Settings)) -> Self {
        let server = AuthServer::builder().client(CLIENT, SECRET).lifetime(lifetime);
        let server = server
            .user("jane", "not-a-real-password")
            .redirect_uri(CLIENT, REDIRECT);
        let server = Server::start(server);
        let api = server.auth().api();
        let mut settings = Settings::new(&server.auth().token_url(), (CLIENT, SECRET), store);
        settings.api_url = Some(api.url("/books"));
        // Besides, each new token is used: more calls take time from the other processes.
        settings.calls_per_api_request = 10;
        settings.max_wait = Some(MAX_WAIT);
        settings.operation_timeout = Some(OPERATION_TIMEOUT);
        settings.lease_duration = Some(LEASE);
        change(&mut settings);
        let program = Program::new(env!("CARGO_BIN_EXE_fleet-worker"));
        Self {
            fleet: Fleet::new(program, settings),
            server,
            _api: api,
            lifetime,
        }
    }

    pub(crate) fn report(&self) -> RunReport {
        RunReport::collect(&self.server, &self.fleet)
    }

    /// Returns the serial number of the newest token that the server has issued.
    pub(crate) fn newest_serial(&self) -> u64 {
        self.server.auth().tokens_granted()
    }

    /// Returns the key of the record that the processes share.
    pub(crate) fn key(&self) -> StoreKey {
        StoreKey::builder(self.server.auth().token_url(), CLIENT).build()
    }

    /// Returns a share of the tokens' lifetime.
    pub(crate) fn share(&self, share: f64) -> Duration {
        self.lifetime.mul_f64(share)
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns a new key ring.
pub(crate) fn keys() -> Option<String> {
    Some(KeyRing::new_key("test").unwrap().expose().to_owned())
}

/// Runs all cases concurrently, and panics with the failed ones.
pub(crate) fn run_cases<T: std::fmt::Debug + Sync>(cases: &[T], run_case: impl Fn(&T) -> Result<()> + Sync) {
    let failures: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = cases
            .iter()
            .map(|case| (case, scope.spawn(|| run_case(case))))
            .collect();
        threads
            .into_iter()
            .filter_map(|(case, outcome)| {
                let outcome = outcome.join().unwrap_or_else(|_| Err(anyhow!("the case panicked")));
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
