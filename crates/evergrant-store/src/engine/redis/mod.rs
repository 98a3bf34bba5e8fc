//! The engine for Redis and Valkey: a record is a key with an expiry. Scripts load and swap records; `PUBLISH` sends
//! notifications of changes.
//!
//! ```text
//! RedisStore ─▶ Client (one operation) ─▶ Servers (finds the server) ─▶ Kept (shares one attempt) ─▶ Connection
//!           │                              └ sentinel, cluster ─▶ slots
//!           └─▶ Listener (a separate connection) ─▶ Changes
//! ```
//!
//! The servers of keys are found here and not by the driver: the driver repeats a command when a connection breaks, and
//! a repeated swap would find its own record and return a conflict.

mod address;
mod change_notifications;
mod client;
mod cluster;
mod cluster_slots;
mod connection;
mod error_descriptions;
mod failure;
mod first_reachable_server;
mod lua_scripts;
mod sentinel;
mod server_of_key;
mod settings;
mod shared_lazy_value;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evergrant::Secret;
use evergrant::store::{
    Changes, Loaded, MAX_RECORD_SIZE, StoreError, StoreErrorKind, StoreKey, Swap, SwapOutcome, TokenStore,
};
use redis::{Value, from_redis_value};

use self::address::Address;
use self::client::{Answer, Client, Repeat};
use self::failure::senseless;
use self::settings::Settings;
use super::change_listener::Listener;
use super::{RedisSettings, check_length, too_long};
use crate::error::StoreBuildError;

/// Records in Redis. Connects when it is first used.
pub(crate) struct RedisStore {
    client: Arc<Client>,
    listener: Listener<Client>,
}

/// Maximum lifetime of a record. A server cannot add arbitrary durations to its time.
const LONGEST_KEPT: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl RedisStore {
    pub(crate) fn new(settings: RedisSettings) -> Result<Self, StoreBuildError> {
        let settings = Arc::new(Settings::new(&settings)?);
        let client = Arc::new(Client::new(&settings));
        Ok(Self {
            listener: Listener::new(Arc::clone(&client)),
            client,
        })
    }
}

impl TokenStore for RedisStore {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.listener.ensure_started();
        let limit = MAX_RECORD_SIZE.to_string();
        let arguments = [limit.as_str()];
        let answer = self
            .client
            .run(&lua_scripts::LOAD, key, &arguments, Repeat::Allowed)
            .await?;
        let Answer { value, by } = answer;
        let read = from_redis_value::<((u64, u32), Value)>(value);
        let ((seconds, microseconds), record) = read.map_err(|_| senseless(&by))?;
        let record = record_in(record, key, &by)?;
        Ok(Loaded {
            record: record.map(Secret::from),
            now: Duration::from_secs(seconds) + Duration::from_micros(microseconds.into()),
        })
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        check_length(&swap)?;
        // A record with a lifetime of zero is not written: a server would reject it.
        let record = swap.record.as_ref().filter(|_| !swap.ttl.is_zero());
        let (expected, record) = (argument(swap.expected.as_ref()), argument(record));
        let keep = swap
            .ttl
            .clamp(Duration::from_millis(1), LONGEST_KEPT)
            .as_millis()
            .to_string();
        let (channel, message) = match swap.notify {
            true => (self.client.settings.channel(), key.to_string()),
            false => (String::new(), String::new()),
        };
        let arguments = [expected.expose(), record.expose(), &keep, &channel, &message];
        let answer = self
            .client
            .run(&lua_scripts::SWAP, key, &arguments, Repeat::Never)
            .await?;
        match answer.value {
            Value::Int(1) => Ok(SwapOutcome::Done),
            Value::Int(0) => Ok(SwapOutcome::Conflict),
            _ => Err(senseless(&answer.by)),
        }
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.client.keys().await
    }

    fn changes(&self) -> Option<&Changes> {
        Some(self.listener.changes())
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("layout", &self.client.settings.layout)
            .field("prefix", &self.client.settings.prefix)
            .finish_non_exhaustive()
    }
}

/// Reads the record in the reply of the script. The script checks the length, but the server may be malicious.
fn record_in(value: Value, key: &StoreKey, by: &Address) -> Result<Option<String>, StoreError> {
    let bytes = match value {
        Value::Nil => return Ok(None),
        Value::BulkString(bytes) if bytes.len() <= MAX_RECORD_SIZE => bytes,
        Value::BulkString(bytes) => return Err(too_long(bytes.len() as u64, key, by)),
        Value::Int(length) if length > 0 => return Err(too_long(length.unsigned_abs(), key, by)),
        _ => return Err(senseless(by)),
    };
    String::from_utf8(bytes).map(Some).map_err(|_| {
        let problem = format!("{by}: the value of the key is not text");
        StoreError::new(StoreErrorKind::Unusable, problem)
    })
}

/// Formats a record as an argument of the script.
fn argument(record: Option<&Secret>) -> Secret {
    match record {
        None => "-".into(),
        Some(record) => format!("={}", record.expose()).into(),
    }
}
