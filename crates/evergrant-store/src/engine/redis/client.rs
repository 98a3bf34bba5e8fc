//! Executes one operation on the server of its key, and follows redirects.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use evergrant::store::{StoreError, StoreErrorKind, StoreKey};
use redis::{Value, from_redis_value};

use super::address::Address;
use super::connection::Connection;
use super::failure::{Advice, senseless};
use super::lua_scripts::{Form, Script};
use super::server_of_key::Servers;
use super::settings::Settings;
use crate::engine::{MAX_KEYS, too_many_keys};
use crate::time_limits::timeout;

/// All connections of a store except the one for notifications.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) settings: Arc<Settings>,
    pub(super) servers: Servers,
}

/// A reply and the address of its server.
pub(super) struct Answer {
    pub(super) value: Value,
    pub(super) by: Address,
}

/// Whether an operation may be repeated when its reply was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    Allowed,
    /// It would find its own change.
    Never,
}

/// The server that receives the command.
#[derive(Debug)]
enum Target {
    Owner,
    Named(Address),
    /// The target of a migration (`ASK`).
    Asked(Address),
}

/// Timeout of an operation, or of one step of a scan.
const LIMIT: Duration = Duration::from_secs(2);
/// Maximum number of attempts.
const TRIES: u32 = 6;
/// Number of keys in one step of a scan.
const STEP: usize = 1000;
/// Maximum number of steps of a scan.
const MOST_STEPS: usize = 1_000_000;

impl Client {
    pub(super) fn new(settings: &Arc<Settings>) -> Self {
        Self {
            settings: Arc::clone(settings),
            servers: Servers::new(settings),
        }
    }

    pub(super) async fn run(
        &self,
        script: &Script,
        key: &StoreKey,
        arguments: &[&str],
        repeat: Repeat,
    ) -> Result<Answer, StoreError> {
        let key = format!("{}:{key}", self.settings.prefix);
        let outcome = timeout(LIMIT, self.try_run(script, &key, arguments, repeat)).await;
        outcome.unwrap_or_else(|_| {
            self.servers.doubt();
            Err(StoreError::new(
                StoreErrorKind::Timeout,
                format!("no response within {LIMIT:?}"),
            ))
        })
    }

    async fn try_run(
        &self,
        script: &Script,
        key: &str,
        arguments: &[&str],
        mut repeat: Repeat,
    ) -> Result<Answer, StoreError> {
        let (mut target, mut form) = (Target::Owner, Form::Hash);
        let mut masters_found = 0;
        for _ in 0..TRIES {
            let connection = match &target {
                Target::Owner => self.servers.of(key).await?,
                Target::Named(address) | Target::Asked(address) => self.servers.at(address).await?,
            };
            let mut commands = redis::pipe();
            if let Target::Asked(_) = target {
                commands.cmd("ASKING");
            }
            commands.add_command(script.call(form, key, arguments));
            let by = connection.address.clone();
            let failure = match connection.ask(commands).await {
                Ok(value) => return Ok(Answer { value, by }),
                Err(failure) => failure,
            };
            match failure.advice(&by) {
                Advice::SendScript if form == Form::Hash => form = Form::Text,
                Advice::GoTo(_) | Advice::AskAt(_) if !self.servers.are_many() => {
                    let problem = format!("{by} is a server of a cluster; use a redis+cluster:// URL");
                    return Err(StoreError::new(StoreErrorKind::Other, problem));
                }
                Advice::GoTo(address) => {
                    self.servers.doubt();
                    target = Target::Named(address);
                }
                Advice::AskAt(address) => target = Target::Asked(address),
                Advice::FindMaster if masters_found == 0 => {
                    masters_found += 1;
                    connection.give_up();
                    self.servers.doubt();
                    target = Target::Owner;
                }
                Advice::Repeat if repeat == Repeat::Allowed => {
                    repeat = Repeat::Never;
                    self.servers.doubt();
                    target = Target::Owner;
                }
                advice => {
                    if advice != Advice::GiveUp {
                        connection.give_up();
                        self.servers.doubt();
                    }
                    return Err(failure.at(&by));
                }
            }
        }
        let problem = format!("{TRIES} redirects in a row");
        Err(StoreError::new(StoreErrorKind::Unavailable, problem))
    }

    /// Returns the keys of all servers.
    pub(super) async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        let mut keys = BTreeSet::new();
        for address in bounded(self.servers.masters()).await? {
            let connection = bounded(self.servers.at(&address)).await;
            let outcome = match connection {
                Ok(connection) => self.scan(&connection, &mut keys).await,
                Err(error) => Err(error),
            };
            outcome.inspect_err(|_| self.servers.doubt())?;
        }
        Ok(keys.into_iter().collect())
    }

    async fn scan(&self, connection: &Arc<Connection>, keys: &mut BTreeSet<StoreKey>) -> Result<(), StoreError> {
        let prefix = format!("{}:", self.settings.prefix);
        let pattern = format!("{}*", literally(&prefix));
        let address = &connection.address;
        let mut cursor = "0".to_owned();
        // A server could report more keys endlessly.
        for _ in 0..MOST_STEPS {
            let mut question = redis::pipe();
            question
                .cmd("SCAN")
                .arg(&cursor)
                .arg("MATCH")
                .arg(&pattern)
                .arg("COUNT")
                .arg(STEP);
            let answer = connection.ask(question).await.map_err(|failure| failure.at(address))?;
            let page = from_redis_value::<(String, Vec<Vec<u8>>)>(answer);
            let (next, names) = page.map_err(|_| senseless(address))?;
            // Names that are not store keys were not written by evergrant.
            keys.extend(names.iter().filter_map(|name| {
                let name = std::str::from_utf8(name).ok()?;
                name.strip_prefix(&prefix)?.parse().ok()
            }));
            if keys.len() > MAX_KEYS {
                return Err(too_many_keys(address));
            }
            if next == "0" {
                return Ok(());
            }
            cursor = next;
        }
        Err(too_many_keys(address))
    }
}

async fn bounded<T: Send>(work: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, StoreError> {
    let silent = || {
        Err(StoreError::new(
            StoreErrorKind::Timeout,
            format!("no response within {LIMIT:?}"),
        ))
    };
    timeout(LIMIT, work).await.unwrap_or_else(|_| silent())
}

/// Escapes a text as a pattern that matches only this text.
fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '^' | '-' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
