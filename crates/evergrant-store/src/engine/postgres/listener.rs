//! Hears of other processes' changes: a connection that does nothing but listen, made again whenever it is lost.

use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::store::{Changes, StoreError};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Connection, Error, Notification, Socket};

use super::failure;
use super::settings::Settings;
use super::tls::Encrypted;

/// Starts listening when somebody wants to hear, and ends when dropped.
pub(super) struct Listener {
    settings: Arc<Settings>,
    changes: Changes,
    task: Mutex<Option<JoinHandle<()>>>,
}

const OPENING_LIMIT: Duration = Duration::from_secs(5);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Listener {
    pub(super) fn new(settings: Arc<Settings>) -> Self {
        Self {
            settings,
            changes: Changes::new(),
            task: Mutex::default(),
        }
    }

    pub(super) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// From inside a runtime. One that was shut down since has taken the listener along.
    pub(super) fn ensure_started(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.as_ref().is_none_or(JoinHandle::is_finished) {
            *task = Some(tokio::spawn(listen(Arc::clone(&self.settings), self.changes.clone())));
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

async fn listen(settings: Arc<Settings>, changes: Changes) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let mut listening = false;
        let outcome = listen_once(&settings, &changes, &mut listening).await;
        if let Err(error) = outcome {
            tell_of_loss(&settings, &failure::store_error(&error));
        }
        if listening {
            pause = SHORTEST_PAUSE;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// As long as the connection lives. `listening` says whether it came to that.
async fn listen_once(settings: &Settings, changes: &Changes, listening: &mut bool) -> Result<(), Error> {
    let opened = timeout(OPENING_LIMIT, settings.connect()).await;
    let Ok(opened) = opened else { return Ok(()) };
    let (client, mut connection) = opened?;
    let ask = async {
        client.batch_execute(&format!("LISTEN {}", channel(settings))).await?;
        *listening = true;
        // Whatever happened meanwhile, nobody was told of it.
        changes.tell_all();
        pending::<Result<(), Error>>().await
    };
    tokio::select! {
        outcome = hear(&mut connection, changes) => outcome,
        outcome = ask => outcome,
    }
}

async fn hear(connection: &mut Connection<Socket, Encrypted>, changes: &Changes) -> Result<(), Error> {
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        if let AsyncMessage::Notification(notification) = message? {
            tell(&notification, changes);
        }
    }
    Ok(())
}

/// No more than this: whoever waits for a change looks at the record from time to time, and finds out by itself.
fn tell_of_loss(settings: &Settings, error: &StoreError) {
    tracing::debug!(
        name: "evergrant.store_notifications_lost",
        target: "evergrant",
        table = %settings.table.name,
        problem = %error,
        "no notifications of changes to tokens for a moment"
    );
}

/// Anybody may write anything to a channel.
fn tell(notification: &Notification, changes: &Changes) {
    if let Ok(key) = notification.payload().parse() {
        changes.tell(&key);
    }
}

fn channel(settings: &Settings) -> String {
    format!("\"{}\"", settings.table.name)
}
