//! The way in: a URL and a few decisions to a store.

use evergrant::store::SharedStore;
use evergrant::{Relaxation, Secret};

use crate::engine;
use crate::error::StoreBuildError;
use crate::key_ring::KeyRing;
use crate::url::{Engine, StoreUrl};

/// A store at this URL: see the [front page](crate#stores) for those that there are. The URL may hold a password, which no error,
/// log or `Debug` shows.
///
/// ```
/// use std::time::Duration;
/// use evergrant::Token;
/// use evergrant::store::{LeaseOutcome, Ledger, StoreKey};
/// use evergrant_store::{KeyRing, store};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let url = "memory:";
/// # #[cfg(any())]
/// let url = std::env::var("TOKEN_STORE")?; // such as rediss://tokens.example.com, or file:/var/lib/worker/tokens
/// # let keys = KeyRing::parse(KeyRing::new_key("2026-01")?.expose())?;
/// # #[cfg(any())]
/// let keys = KeyRing::from_file("/etc/worker/token-keys")?;
/// let store = store(&url).encryption(keys).build()?;
///
/// // What a token manager does with it. There, it takes `.store(store)`, and no more.
/// let key = StoreKey::builder("https://auth.example.com/token", "client-id").build();
/// let ledger = Ledger::new(store, key);
/// if let LeaseOutcome::Acquired(lease) = ledger.acquire(Duration::from_secs(3)).await? {
///     ledger.save(&lease, &Token::new("not-a-real-token")).await?;
/// }
/// let stored = ledger.load().await?.expect("it was just saved");
/// assert_eq!(stored.token.access_token().expose(), "not-a-real-token");
/// # Ok(())
/// # }
/// ```
pub fn store(url: &str) -> StoreBuilder {
    StoreBuilder {
        url: url.into(),
        encryption: None,
        permits: Permits::default(),
    }
}

/// Collects what a store needs to know.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct StoreBuilder {
    url: Secret,
    encryption: Option<Encryption>,
    permits: Permits,
}

#[derive(Debug, Clone)]
enum Encryption {
    With(KeyRing),
    Plaintext,
}

/// What an engine behind a network may do that it does not do by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Permits {
    pub(crate) unencrypted: UnencryptedConnection,
    pub(crate) clear_text_password: ClearTextPassword,
}

/// Where a connection without encryption may lead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum UnencryptedConnection {
    #[default]
    OnLoopback,
    Anywhere,
}

/// Whether a server that asks for the password itself, and not for a proof of it, is given it over a connection without encryption.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ClearTextPassword {
    #[default]
    Never,
    OnLoopback,
}

impl StoreBuilder {
    /// Encrypts tokens on their way to the store. What is there and not encrypted, or with a key that is not in the ring, counts as
    /// missing, with a warning.
    pub fn encryption(mut self, keys: KeyRing) -> Self {
        self.encryption = Some(Encryption::With(keys));
        self
    }

    /// Leaves tokens readable to whoever can read the store, its replicas and its backups. Of this and
    /// [`encryption`](Self::encryption), what is called last counts. Stores in files and in memory are so anyway.
    pub fn danger_plaintext(mut self) -> Self {
        self.encryption = Some(Encryption::Plaintext);
        self
    }

    /// Lets passwords, records and tokens travel unencrypted to a host that is not this machine, as within a private network whose
    /// every participant is trusted.
    pub fn danger_allow_unencrypted_connection(mut self) -> Self {
        self.permits.unencrypted = UnencryptedConnection::Anywhere;
        self
    }

    /// Gives a Postgres server on this machine the password itself over an unencrypted connection, if it asks for that (`password` in
    /// its `pg_hba.conf`). Any program of this machine could stand in the server's place while it is down. Without this, such
    /// a server is refused; on other machines it is in any case.
    ///
    /// Servers that ask for a proof of the password (`scram-sha-256`, or the weaker `md5`), and encrypted connections, need no
    /// permission. Redis has no other way than the password itself, and is given it wherever it may be reached unencrypted.
    pub fn danger_allow_clear_text_password(mut self) -> Self {
        self.permits.clear_text_password = ClearTextPassword::OnLoopback;
        self
    }

    /// The store. Nothing is connected to until it is used.
    ///
    /// # Errors
    /// [`StoreBuildError`] when the URL or the other settings cannot work. A `localhost` in the URL is looked up for that.
    pub fn build(self) -> Result<SharedStore, StoreBuildError> {
        let url = StoreUrl::parse(&self.url)?;
        let store = engine::open(&url, self.permits)?;
        let relaxations = self.relaxations(url.engine);
        let store = match self.encryption {
            Some(Encryption::With(keys)) => store.sealed(keys),
            Some(Encryption::Plaintext) => store,
            None => match url.engine {
                Engine::Memory | Engine::File => store,
                Engine::Redis | Engine::Postgres => {
                    let scheme = url.scheme.to_owned();
                    return Err(StoreBuildError::EncryptionNotDecided { scheme });
                }
            },
        };
        for relaxation in relaxations {
            relaxation.apply()?;
        }
        Ok(store)
    }

    /// The safety rules that this store does without, where others than its owner can reach it.
    fn relaxations(&self, engine: Engine) -> Vec<Relaxation> {
        let mut relaxations = Vec::new();
        if !matches!(engine, Engine::Redis | Engine::Postgres) {
            return relaxations;
        }
        if matches!(self.encryption, Some(Encryption::Plaintext)) {
            let effect = "whoever can read the store can read tokens";
            relaxations.push(Relaxation::new("danger_plaintext", effect));
        }
        if self.permits.unencrypted == UnencryptedConnection::Anywhere {
            let effect = "passwords and tokens travel unencrypted to the store";
            relaxations.push(Relaxation::new("danger_allow_unencrypted_connection", effect));
        }
        if engine == Engine::Postgres && self.permits.clear_text_password == ClearTextPassword::OnLoopback {
            let effect = "a Postgres server on this machine is given the password itself";
            relaxations.push(Relaxation::new("danger_allow_clear_text_password", effect));
        }
        relaxations
    }
}
