//! Hears of other processes' changes: a connection that does nothing but listen, made again whenever it is lost.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::store::{Changes, StoreError, StoreErrorKind};
use futures_core::Stream as _;
use redis::aio::{PubSub, PubSubSink, PubSubStream};
use redis::{Msg, RedisConnectionInfo, RedisError};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::address::Address;
use super::client::Client;
use super::connection::{OPENING_LIMIT, connect};
use super::failure::Failure;
use super::settings::Settings;

/// Starts listening when somebody wants to hear, and ends when dropped.
#[derive(Debug)]
pub(super) struct Listener {
    changes: Changes,
    task: Mutex<Option<JoinHandle<()>>>,
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often a server is asked whether it is still there.
const CHECK_EVERY: Duration = Duration::from_secs(5);
const CHECK_LIMIT: Duration = Duration::from_secs(2);

impl Listener {
    pub(super) fn new() -> Self {
        Self {
            changes: Changes::new(),
            task: Mutex::default(),
        }
    }

    pub(super) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// From inside a runtime. One that was shut down since has taken the listener along.
    pub(super) fn ensure_started(&self, client: &Arc<Client>) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.as_ref().is_none_or(JoinHandle::is_finished) {
            *task = Some(tokio::spawn(listen(Arc::clone(client), self.changes.clone())));
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task {
            task.abort();
        }
    }
}

async fn listen(client: Arc<Client>, changes: Changes) {
    let mut pause = SHORTEST_PAUSE;
    for attempt in 0_usize.. {
        let mut listening = false;
        // No more than this: whoever waits looks at the record from time to time, and finds out by itself.
        if let Err(error) = listen_once(&client, attempt, &changes, &mut listening).await {
            tell_of_loss(&client.settings, &error);
        }
        if listening {
            pause = SHORTEST_PAUSE;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// As long as the connection lives. `listening` says whether it came to that.
async fn listen_once(
    client: &Client,
    attempt: usize,
    changes: &Changes,
    listening: &mut bool,
) -> Result<(), StoreError> {
    // Any server of a cluster hears of all changes; the one that did last time may be the one that died.
    let masters = timeout(OPENING_LIMIT * 2, client.servers.masters()).await;
    let masters = masters.map_err(|_| silent())??;
    let Some(address) = masters.get(attempt % masters.len().max(1)) else {
        return Err(StoreError::new(StoreErrorKind::Unavailable, "no server has any keys"));
    };
    let subscribed = timeout(OPENING_LIMIT, subscribe(&client.settings, address)).await;
    let (sink, mut messages) = subscribed.map_err(|_| silent())??;
    *listening = true;
    // Whatever happened meanwhile, nobody was told of it.
    changes.tell_all();
    tokio::select! {
        outcome = check(client, address, sink) => outcome,
        () = hear(&mut messages, changes) => Ok(()),
    }
}

async fn subscribe(settings: &Settings, address: &Address) -> Result<(PubSubSink, PubSubStream), StoreError> {
    let failed = |error: RedisError| Failure::from(error).at(address);
    let mut info = RedisConnectionInfo::default().set_skip_set_lib_name();
    if let Some(login) = &settings.login {
        info = info.set_password(login.password.expose());
        if let Some(user) = &login.user {
            info = info.set_username(user);
        }
    }
    let wire = connect(settings, address).await?;
    let mut connection = PubSub::new(&info, wire).await.map_err(failed)?;
    connection.subscribe(settings.channel()).await.map_err(failed)?;
    Ok(connection.split())
}

/// Until the connection ends.
async fn hear(messages: &mut PubSubStream, changes: &Changes) {
    while let Some(message) = poll_fn(|cx| Pin::new(&mut *messages).poll_next(cx)).await {
        tell(&message, changes);
    }
}

fn tell_of_loss(settings: &Settings, error: &StoreError) {
    tracing::debug!(
        name: "evergrant.store_notifications_lost",
        target: "evergrant",
        prefix = %settings.prefix,
        problem = %error,
        "no notifications of changes to tokens for a moment"
    );
}

/// Anybody may write anything to a channel.
fn tell(message: &Msg, changes: &Changes) {
    let text = std::str::from_utf8(message.get_payload_bytes());
    if let Some(key) = text.ok().and_then(|text| text.parse().ok()) {
        changes.tell(&key);
    }
}

/// Until the server is no longer there, or has become one that others tell nothing.
async fn check(client: &Client, address: &Address, mut sink: PubSubSink) -> Result<(), StoreError> {
    loop {
        sleep(CHECK_EVERY).await;
        let answer = timeout(CHECK_LIMIT, sink.ping::<redis::Value>()).await;
        answer
            .map_err(|_| silent())?
            .map_err(|error| Failure::from(error).at(address))?;
        let masters = timeout(CHECK_LIMIT, client.servers.masters()).await;
        if masters.map_err(|_| silent())??.contains(address) {
            continue;
        }
        return Ok(());
    }
}

fn silent() -> StoreError {
    StoreError::new(StoreErrorKind::Timeout, "no answer")
}
