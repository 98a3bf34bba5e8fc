//! A connection pool: a connection runs one statement at a time, is reused for the next one, and is closed when it is
//! idle.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp, TokioRuntime};
use evergrant::store::{StoreError, StoreErrorKind};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::connection_session::{Place, Session};
use super::failure;
use super::schema;
use super::settings::Settings;

use crate::time_limits::{sleep, timeout};

/// All connections except the one for notifications.
pub(super) struct Pool {
    settings: Arc<Settings>,
    /// Permits for the connections that are in use or being opened.
    places: Arc<Semaphore>,
    idle: Mutex<Idle>,
    /// Whether the table existed at the last check.
    table_seen: AtomicBool,
}

#[derive(Default)]
struct Idle {
    sessions: Vec<Session>,
    closing: Option<JoinHandle<()>>,
}

/// An operation that waits for its result. It may end without one: it times out, or the caller drops it.
pub(super) struct Wait<'a> {
    pool: &'a Pool,
    since: Timestamp,
    over: bool,
}

/// Maximum number of connections. A process reads and writes few records, and a server has about a hundred connections
/// for all clients.
const MOST: usize = 4;
/// Time after which an idle connection is closed.
const KEPT: Duration = Duration::from_secs(30);
/// Idle time after which a connection is checked before use.
const TRUSTED: Duration = Duration::from_millis(500);
/// Time without a result after which the idle connections may be dead too.
const SILENCE: Duration = Duration::from_millis(500);
/// Timeout for opening a connection and checking the table. It is longer than callers wait: the next caller finds the
/// connection ready.
const OPENING_LIMIT: Duration = Duration::from_secs(5);

impl Pool {
    pub(super) fn new(settings: Arc<Settings>) -> Self {
        Self {
            settings,
            places: Arc::new(Semaphore::new(MOST)),
            idle: Mutex::default(),
            table_seen: AtomicBool::new(false),
        }
    }

    /// Returns a connection to a database that has the table. It is closed unless it is given back.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Session, StoreError> {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|closed| StoreError::new(StoreErrorKind::Other, closed))?;
        let mut place = Some(place);
        while let Some(mut session) = self.take_idle() {
            session.set_place(place.take());
            if session.is_usable() && (session.idle_for() < TRUSTED || session.is_alive().await) {
                return Ok(session);
            }
            place = session.take_place();
        }
        self.open(place).await
    }

    /// Returns a connection to the pool if it is usable.
    pub(super) fn give_back(self: &Arc<Self>, mut session: Session) {
        let Ok(runtime) = Handle::try_current() else { return };
        if !session.is_usable() {
            return;
        }
        let place = session.take_place();
        let mut idle = self.idle();
        idle.sessions.push(session);
        if idle.closing.as_ref().is_none_or(JoinHandle::is_finished) {
            idle.closing = Some(runtime.spawn(close_in_time(Arc::downgrade(self))));
        }
        // Released last: the next caller finds the session.
        drop(place);
    }

    /// Closes the idle connections after one was found broken.
    pub(super) fn close_idle(&self) {
        self.idle().sessions.clear();
    }

    /// Starts to wait for a result. Without a result, the idle connections are closed: each could cost another caller a
    /// timeout.
    pub(super) fn wait(&self) -> Wait<'_> {
        Wait {
            pool: self,
            since: TokioRuntime::new().now(),
            over: false,
        }
    }

    /// Records that the table does not exist: the next connection checks it again.
    pub(super) fn table_missed(&self) {
        self.table_seen.store(false, Ordering::Relaxed);
        self.close_idle();
    }

    /// Opens a connection on a separate task, because the caller may stop waiting and call again.
    async fn open(self: &Arc<Self>, place: Place) -> Result<Session, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            let opened = timeout(OPENING_LIMIT, pool.connect(place)).await;
            let opened = opened.unwrap_or_else(|_| Err(failure::timeout("no connection within 5 s")));
            if let Err(Ok(unclaimed)) = sender.send(opened) {
                pool.give_back(unclaimed);
            }
        });
        let gone = |_| StoreError::new(StoreErrorKind::Unavailable, "the runtime was shut down");
        receiver.await.map_err(gone)?
    }

    async fn connect(&self, place: Place) -> Result<Session, StoreError> {
        let mut session = Session::open(&self.settings, place).await?;
        if !self.table_seen.load(Ordering::Relaxed) {
            schema::ensure(&mut session, &self.settings.table).await?;
            self.table_seen.store(true, Ordering::Relaxed);
        }
        Ok(session)
    }

    /// Returns the idle connection that was used last.
    fn take_idle(&self) -> Option<Session> {
        self.idle().sessions.pop()
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wait<'_> {
    /// Marks the wait as complete.
    pub(super) fn over(mut self) {
        self.over = true;
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if !self.over && TokioRuntime::new().now().elapsed_since(self.since) > SILENCE {
            self.pool.close_idle();
        }
    }
}

/// Closes idle connections until none are left.
async fn close_in_time(pool: Weak<Pool>) {
    loop {
        sleep(KEPT).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut idle = pool.idle();
        idle.sessions
            .retain(|session| session.is_usable() && session.idle_for() < KEPT);
        if idle.sessions.is_empty() {
            idle.closing = None;
            return;
        }
    }
}
