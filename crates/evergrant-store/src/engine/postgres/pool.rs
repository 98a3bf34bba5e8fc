//! Connections: lent to one statement at a time, kept for the next one, and closed when there is none for a while.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp, TokioRuntime};
use evergrant::store::{StoreError, StoreErrorKind};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::failure;
use super::schema;
use super::session::{Place, Session};
use super::settings::Settings;

/// All connections but the one for notifications.
pub(super) struct Pool {
    settings: Arc<Settings>,
    /// As many as may be open: every one is lent, or lies here, or is on its way.
    places: Arc<Semaphore>,
    idle: Mutex<Idle>,
    /// Whether the table was there when it was last looked at.
    table_seen: AtomicBool,
}

#[derive(Default)]
struct Idle {
    sessions: Vec<Session>,
    closing: Option<JoinHandle<()>>,
}

/// Somebody's wait for an answer, which may end without one: given up by us, or dropped by the caller.
pub(super) struct Wait<'a> {
    pool: &'a Pool,
    since: Timestamp,
    over: bool,
}

/// A process reads and writes a few records now and then, and a server has a hundred connections for all of its clients.
const MOST: usize = 4;
/// For how long one lies here.
const KEPT: Duration = Duration::from_secs(30);
/// After so long, one is asked whether it is alive before it is relied on.
const TRUSTED: Duration = Duration::from_millis(500);
/// After a wait of so long in vain, the connections that lie here may be as dead as the one that was waited for.
const SILENCE: Duration = Duration::from_millis(500);
/// Of a connection on its way, and of the look at its table. More than any caller waits: the next one finds it ready.
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

    /// A connection to a database that has the table; to be given back, or else it is closed.
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

    /// For the next statement, if it is good for another one.
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
        // Whoever gets it next finds the session.
        drop(place);
    }

    /// Has the connections that lie here closed: one like them was found broken.
    pub(super) fn close_idle(&self) {
        self.idle().sessions.clear();
    }

    /// Has those connections closed too, should nobody answer: each would cost another caller as long to find out.
    pub(super) fn wait(&self) -> Wait<'_> {
        Wait {
            pool: self,
            since: TokioRuntime::new().now(),
            over: false,
        }
    }

    /// The table is gone: the next connection looks for it again.
    pub(super) fn table_missed(&self) {
        self.table_seen.store(false, Ordering::Relaxed);
        self.close_idle();
    }

    /// On a task of its own, for a caller may give up before and call again.
    async fn open(self: &Arc<Self>, place: Place) -> Result<Session, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            let opened = timeout(OPENING_LIMIT, pool.connect(place)).await;
            let opened = opened.unwrap_or_else(|_| Err(failure::timeout("connecting took too long")));
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

    /// The one used last.
    fn take_idle(&self) -> Option<Session> {
        self.idle().sessions.pop()
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wait<'_> {
    /// There was an answer.
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

/// Until there is nothing left to close.
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
