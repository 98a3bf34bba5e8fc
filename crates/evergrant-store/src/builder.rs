//! The builder of a store, from a URL and settings.

use evergrant::store::SharedStore;
use evergrant::{Relaxation, Secret};

use crate::engine;
use crate::engine_by_url::{Engine, StoreUrl};
use crate::error::StoreBuildError;
use crate::insecure_connections::{ClearTextPassword, Permits, UnencryptedConnection};
use crate::key_ring::KeyRing;

/// Returns a builder for the token store at `url`. The [crate documentation](crate#stores) lists the supported URLs. A
/// password in the URL does not appear in errors, logs or `Debug` output.
///
/// ```
/// use std::time::Duration;
/// use evergrant::Token;
/// use evergrant::store::{LeaseOutcome, LeasedRecord, StoreKey};
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
/// // A token manager does the following itself; it only needs `.store(store)`.
/// let key = StoreKey::builder("https://auth.example.com/token", "client-id").build();
/// let leased_record = LeasedRecord::new(store, key);
/// if let LeaseOutcome::Acquired(lease) = leased_record.acquire(Duration::from_secs(3)).await? {
///     leased_record.save(&lease, &Token::new("not-a-real-token")).await?;
/// }
/// let stored = leased_record.load().await?.expect("it was just saved");
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

/// Builds a token store. [`store`] creates the builder from a URL.
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

impl StoreBuilder {
    /// Encrypts tokens before they are stored, with the first key of `keys`. A stored token is treated as missing, and
    /// causes a warning, if it is not encrypted or if its key is not in `keys`.
    pub fn encryption(mut self, keys: KeyRing) -> Self {
        self.encryption = Some(Encryption::With(keys));
        self
    }

    /// Stores tokens without encryption. Everybody who can read the store, its replicas or its backups can read the
    /// tokens. If both this method and [`encryption`](Self::encryption) are called, the last call takes effect. File
    /// and memory stores are not encrypted by default.
    pub fn danger_plaintext(mut self) -> Self {
        self.encryption = Some(Encryption::Plaintext);
        self
    }

    /// Allows unencrypted connections to stores on other machines, for example within a private network whose
    /// participants are all trusted. Everybody on that network can then read the passwords, records and tokens.
    pub fn danger_allow_unencrypted_connection(mut self) -> Self {
        self.permits.unencrypted = UnencryptedConnection::Anywhere;
        self
    }

    /// Allows the store to send its password in clear text, over an unencrypted connection, to a Postgres server on
    /// this machine that requests it (`password` in its `pg_hba.conf`). The risk is that any program on this machine
    /// can take the server's port while the server is down. Without this setting, the store rejects a server that
    /// requests the password in clear text over an unencrypted connection. With or without this setting, it rejects
    /// such a server on another machine.
    ///
    /// This setting is not needed for encrypted connections, or for servers that request a proof of the password
    /// (`scram-sha-256`, or the weaker `md5`). It does not apply to Redis, which always receives the password in clear
    /// text, on every allowed connection.
    pub fn danger_allow_clear_text_password(mut self) -> Self {
        self.permits.clear_text_password = ClearTextPassword::OnLoopback;
        self
    }

    /// Builds the store. The store connects to the server on first use.
    ///
    /// # Errors
    /// Returns a [`StoreBuildError`] if the URL or a setting is invalid. To check whether the connection stays on this
    /// machine, this method resolves a `localhost` in the URL.
    pub fn build(self) -> Result<SharedStore, StoreBuildError> {
        let url = StoreUrl::parse(&self.url)?;
        let store = engine::open(&url, self.permits)?;
        let relaxations = self.relaxations(url.engine);
        let store = match self.encryption {
            Some(Encryption::With(keys)) => store.with_seal(keys),
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

    /// Returns the safety rules that are relaxed for this store, if others can access it.
    fn relaxations(&self, engine: Engine) -> Vec<Relaxation> {
        let mut relaxations = Vec::new();
        if !matches!(engine, Engine::Redis | Engine::Postgres) {
            return relaxations;
        }
        if matches!(self.encryption, Some(Encryption::Plaintext)) {
            let effect = "everybody who can read the store can read tokens";
            relaxations.push(Relaxation::new("danger_plaintext", effect));
        }
        if self.permits.unencrypted == UnencryptedConnection::Anywhere {
            let effect = "passwords and tokens are sent unencrypted to the store";
            relaxations.push(Relaxation::new("danger_allow_unencrypted_connection", effect));
        }
        if engine == Engine::Postgres && self.permits.clear_text_password == ClearTextPassword::OnLoopback {
            let effect = "a Postgres server on this machine can receive the password in clear text";
            relaxations.push(Relaxation::new("danger_allow_clear_text_password", effect));
        }
        relaxations
    }
}
