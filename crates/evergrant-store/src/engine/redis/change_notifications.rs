//! Receives notifications of changes by `SUBSCRIBE`.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use evergrant::store::{StoreError, StoreErrorKind};
use futures_core::Stream as _;
use redis::aio::{PubSub, PubSubSink, PubSubStream};
use redis::{RedisConnectionInfo, RedisError};

use super::address::Address;
use super::client::Client;
use super::connection::{OPENING_LIMIT, connect};
use super::failure::Failure;
use super::settings::Settings;
use crate::engine::change_listener::{Notifier, Subscription};
use crate::time_limits::{sleep, timeout};

/// Interval of the checks whether the server is alive.
const CHECK_EVERY: Duration = Duration::from_secs(5);
const CHECK_LIMIT: Duration = Duration::from_secs(2);

impl Notifier for Client {
    async fn listen(&self, attempt: usize, subscription: &Subscription) -> Result<(), StoreError> {
        // Each server of a cluster receives all changes. Another one is used each time, because the last one may be
        // dead.
        let masters = timeout(OPENING_LIMIT * 2, self.servers.masters()).await;
        let masters = masters.map_err(|_| silent())??;
        let Some(address) = masters.get(attempt % masters.len().max(1)) else {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "no server has keys"));
        };
        let subscribed = timeout(OPENING_LIMIT, subscribe(&self.settings, address)).await;
        let (sink, mut messages) = subscribed.map_err(|_| silent())??;
        subscription.start();
        tokio::select! {
            outcome = check(self, address, sink) => outcome,
            () = hear(&mut messages, subscription) => Ok(()),
        }
    }

    fn location(&self) -> &str {
        &self.settings.prefix
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

/// Handles messages until the connection ends.
async fn hear(messages: &mut PubSubStream, subscription: &Subscription) {
    while let Some(message) = poll_fn(|cx| Pin::new(&mut *messages).poll_next(cx)).await {
        if let Ok(text) = std::str::from_utf8(message.get_payload_bytes()) {
            subscription.handle(text);
        }
    }
}

/// Returns when the server is dead or is no longer a master: a demoted server receives no notifications.
async fn check(client: &Client, address: &Address, mut sink: PubSubSink) -> Result<(), StoreError> {
    loop {
        sleep(CHECK_EVERY).await;
        let pong = timeout(CHECK_LIMIT, sink.ping::<redis::Value>()).await;
        pong.map_err(|_| silent())?
            .map_err(|error| Failure::from(error).at(address))?;
        let masters = timeout(CHECK_LIMIT, client.servers.masters()).await;
        if masters.map_err(|_| silent())??.contains(address) {
            continue;
        }
        return Ok(());
    }
}

fn silent() -> StoreError {
    StoreError::new(StoreErrorKind::Timeout, "no response")
}
