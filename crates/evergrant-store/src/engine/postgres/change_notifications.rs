//! Receives notifications of changes by `LISTEN`.

use std::time::Duration;

use evergrant::store::{StoreError, StoreErrorKind};

use tokio_postgres::{AsyncMessage, Error};

use super::connect::Messages;
use super::failure;
use super::settings::Settings;
use crate::engine::change_listener::{Notifier, Subscription};
use crate::time_limits::{sleep, timeout};

const OPENING_LIMIT: Duration = Duration::from_secs(5);
/// Interval of the checks whether the server is alive. Each check resets the limit on received bytes.
const PING: Duration = Duration::from_secs(30);

impl Notifier for Settings {
    async fn listen(&self, _: usize, subscription: &Subscription) -> Result<(), StoreError> {
        let opened = timeout(OPENING_LIMIT, self.connect()).await.map_err(|_| silent())?;
        let (client, mut messages) = opened?;
        let ask = async {
            let listen = format!("LISTEN \"{}\"", self.table.name);
            let asked = timeout(OPENING_LIMIT, client.batch_execute(&listen)).await;
            asked
                .map_err(|_| silent())?
                .map_err(|error| failure::store_error(&error))?;
            subscription.start();
            loop {
                sleep(PING).await;
                let asked = timeout(OPENING_LIMIT, client.batch_execute("")).await;
                asked
                    .map_err(|_| silent())?
                    .map_err(|error| failure::store_error(&error))?;
            }
        };
        tokio::select! {
            outcome = hear(&mut messages, subscription) => outcome.map_err(|error| failure::store_error(&error)),
            outcome = ask => outcome,
        }
    }

    fn location(&self) -> &str {
        &self.table.name
    }
}

/// Handles messages until the connection ends.
async fn hear(messages: &mut Messages, subscription: &Subscription) -> Result<(), Error> {
    while let Some(message) = messages.next().await {
        if let AsyncMessage::Notification(notification) = message? {
            subscription.handle(notification.payload());
        }
    }
    Ok(())
}

fn silent() -> StoreError {
    StoreError::new(
        StoreErrorKind::Timeout,
        "no response on the connection for notifications",
    )
}
