//! A session: one connection to the server, and the task that drives it.

use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp, TokioRuntime};
use evergrant::store::StoreError;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

use super::settings::Settings;

use crate::time_limits::timeout;

/// The values of a statement with their types. With types, a statement needs one round trip and no name, as poolers
/// require.
pub(super) type Values<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// A connection for one statement at a time. Dropping it closes it when the server has responded.
pub(super) struct Session {
    client: Client,
    driver: Option<JoinHandle<()>>,
    place: Place,
    last_used: Timestamp,
    answer: Answer,
}

/// The permit of a connection that is in use; `None` for an idle one.
pub(super) type Place = Option<OwnedSemaphorePermit>;

/// The state of the response to the last statement.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Here,
    /// The next message on this connection is unknown.
    Outstanding,
}

/// Time to wait for the response after the session was dropped. The server's own timeout, if it accepts one, is
/// shorter.
const FAREWELL_LIMIT: Duration = Duration::from_secs(10);

impl Session {
    pub(super) async fn open(settings: &Settings, place: Place) -> Result<Self, StoreError> {
        let (client, messages) = settings.connect().await?;
        // A pending statement returns the error of the connection.
        let driver = tokio::spawn(messages.ignore());
        Ok(Self {
            client,
            driver: Some(driver),
            place,
            last_used: TokioRuntime::new().now(),
            answer: Answer::Here,
        })
    }

    /// Runs one statement.
    pub(super) async fn query(&mut self, statement: &str, values: Values<'_>) -> Result<Vec<Row>, Error> {
        self.answer = Answer::Outstanding;
        let rows = self.client.query_typed(statement, values).await;
        self.answered();
        rows
    }

    /// Runs any number of statements without values.
    pub(super) async fn run(&mut self, statements: &str) -> Result<(), Error> {
        self.answer = Answer::Outstanding;
        let outcome = self.client.batch_execute(statements).await;
        self.answered();
        outcome
    }

    /// Returns whether the server responds.
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

    pub(super) fn set_place(&mut self, place: Place) {
        self.place = place;
    }

    pub(super) fn take_place(&mut self) -> Place {
        self.place.take()
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
        // A server that waits for a lock does not notice that the client has gone. The permit stays in use until it
        // responds: repeated calls would otherwise open more and more connections.
        let (driver, place) = (self.driver.take(), self.place.take());
        match (driver, Handle::try_current()) {
            (Some(driver), Ok(runtime)) => drop(runtime.spawn(outlive(driver, place))),
            (Some(driver), Err(_)) => driver.abort(),
            (None, _) => {}
        }
    }
}

/// Waits until the connection has received all responses and closes itself.
async fn outlive(mut driver: JoinHandle<()>, place: Place) {
    if timeout(FAREWELL_LIMIT, &mut driver).await.is_err() {
        driver.abort();
    }
    drop(place);
}
