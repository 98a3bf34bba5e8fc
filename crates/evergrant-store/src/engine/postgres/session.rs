//! One connection, with the task that drives it.

use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp, TokioRuntime};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{CancelToken, Client, Error, Row};

use super::settings::Settings;
use super::tls::Tls;

/// A statement's values, each with its type: so that a statement needs one round trip and no name, as poolers between us and the
/// server want it.
pub(super) type Values<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// A connection that is ours alone. Dropping it closes it, and ends what the server is still doing for it.
pub(super) struct Session {
    client: Client,
    cancel: CancelToken,
    tls: Tls,
    driver: Option<JoinHandle<()>>,
    last_used: Timestamp,
    answer: Answer,
}

/// The one to the last statement.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Here,
    /// Nobody knows what comes next on this connection.
    Outstanding,
}

/// How often a statement is cancelled until it ends, and how long each time may take.
const CANCELS: u32 = 8;
const CANCEL_LIMIT: Duration = Duration::from_millis(500);

impl Session {
    pub(super) async fn open(settings: &Settings) -> Result<Self, Error> {
        let (client, connection) = settings.config.connect(settings.tls.clone()).await?;
        // How it ends is told to whoever waits for an answer.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self {
            cancel: client.cancel_token(),
            client,
            tls: settings.tls.clone(),
            driver: Some(driver),
            last_used: TokioRuntime::new().now(),
            answer: Answer::Here,
        })
    }

    /// One statement.
    pub(super) async fn query(&mut self, statement: &str, values: Values<'_>) -> Result<Vec<Row>, Error> {
        self.answer = Answer::Outstanding;
        let rows = self.client.query_typed(statement, values).await;
        self.answered();
        rows
    }

    /// Any number of statements without values.
    pub(super) async fn run(&mut self, statements: &str) -> Result<(), Error> {
        self.answer = Answer::Outstanding;
        let outcome = self.client.batch_execute(statements).await;
        self.answered();
        outcome
    }

    /// Whether the server still answers.
    pub(super) async fn is_alive(&mut self) -> bool {
        self.answer = Answer::Outstanding;
        let alive = self.client.check_connection().await.is_ok();
        self.answered();
        alive
    }

    pub(super) fn is_usable(&self) -> bool {
        self.answer == Answer::Here && !self.client.is_closed()
    }

    pub(super) fn idle_for(&self) -> Duration {
        TokioRuntime::new().now().elapsed_since(self.last_used)
    }

    fn answered(&mut self) {
        self.answer = Answer::Here;
        self.last_used = TokioRuntime::new().now();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.answer == Answer::Here {
            return;
        }
        // A server notices that nobody waits any more only when it answers, and may hold or wait for locks until then.
        let (cancel, tls) = (self.cancel.clone(), self.tls.clone());
        match (self.driver.take(), Handle::try_current()) {
            (Some(driver), Ok(runtime)) => drop(runtime.spawn(end(cancel, tls, driver))),
            (Some(driver), Err(_)) => driver.abort(),
            (None, _) => {}
        }
    }
}

/// Cancels until the connection closes, which it does once all answers are here. The first time may come before the statement.
async fn end(cancel: CancelToken, tls: Tls, mut driver: JoinHandle<()>) {
    for _ in 0..CANCELS {
        // One that does not get through is for a server that does not run.
        let _ = timeout(CANCEL_LIMIT, cancel.cancel_query(tls.clone())).await;
        if timeout(CANCEL_LIMIT, &mut driver).await.is_ok() {
            return;
        }
    }
    driver.abort();
}
