//! Hears of other processes' changes by `LISTEN`.

use std::time::Duration;

use evergrant::store::{StoreError, StoreErrorKind};
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Error};

use super::connect::Messages;
use super::failure;
use super::settings::Settings;
use crate::engine::listener::{Hearing, Notifier};

const OPENING_LIMIT: Duration = Duration::from_secs(5);
/// How often the server is asked for a sign of life. What it may send is counted from then on.
const PING: Duration = Duration::from_secs(30);

impl Notifier for Settings {
    async fn listen(&self, _: usize, hearing: &Hearing) -> Result<(), StoreError> {
        let opened = timeout(OPENING_LIMIT, self.connect()).await.map_err(|_| silent())?;
        let (client, mut messages) = opened?;
        let ask = async {
            let listen = format!("LISTEN \"{}\"", self.table.name);
            let asked = timeout(OPENING_LIMIT, client.batch_execute(&listen)).await;
            asked
                .map_err(|_| silent())?
                .map_err(|error| failure::store_error(&error))?;
            hearing.begin();
            loop {
                sleep(PING).await;
                let asked = timeout(OPENING_LIMIT, client.batch_execute("")).await;
                asked
                    .map_err(|_| silent())?
                    .map_err(|error| failure::store_error(&error))?;
            }
        };
        tokio::select! {
            outcome = hear(&mut messages, hearing) => outcome.map_err(|error| failure::store_error(&error)),
            outcome = ask => outcome,
        }
    }

    fn place(&self) -> &str {
        &self.table.name
    }
}

/// Until the connection ends.
async fn hear(messages: &mut Messages, hearing: &Hearing) -> Result<(), Error> {
    while let Some(message) = messages.next().await {
        if let AsyncMessage::Notification(notification) = message? {
            hearing.hear(notification.payload());
        }
    }
    Ok(())
}

fn silent() -> StoreError {
    StoreError::new(StoreErrorKind::Timeout, "no answer to a connection that is to listen")
}
