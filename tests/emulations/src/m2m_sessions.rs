//! Sessions of the M2M API. A login opens a session; a logout closes it, and it expires when it is idle.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp};
use evergrant_testing::ManualClock;

use crate::routing_and_responses::lock;

/// The header that contains the session token.
pub(crate) const HEADER: &str = "VZ-M2M-Token";

#[derive(Default)]
pub(crate) struct Sessions {
    state: Mutex<State>,
    idle: Option<IdleLimit>,
}

#[derive(Default)]
struct State {
    /// Time of the last use of each open session; `None` without an idle limit.
    open: HashMap<String, Option<Timestamp>>,
    opened: usize,
}

/// The maximum time that a session can be idle.
struct IdleLimit {
    clock: ManualClock,
    limit: Duration,
}

impl Sessions {
    pub(crate) fn with_idle_limit(clock: &ManualClock, limit: Duration) -> Self {
        Self {
            state: Mutex::default(),
            idle: Some(IdleLimit {
                clock: clock.clone(),
                limit,
            }),
        }
    }

    pub(crate) fn open(&self) -> String {
        let mut state = lock(&self.state);
        state.opened += 1;
        let token = format!("emulated-session-{}", state.opened);
        state.open.insert(token.clone(), self.now());
        token
    }

    /// Adds a session without a login.
    pub(crate) fn add(&self, token: &str) {
        lock(&self.state).open.insert(token.to_owned(), self.now());
    }

    /// Returns whether a session is open, and records its use.
    pub(crate) fn touch(&self, token: &str) -> bool {
        let now = self.now();
        let mut state = lock(&self.state);
        let Some(last_use) = state.open.get(token) else {
            return false;
        };
        let is_expired = match (&self.idle, last_use, now) {
            (Some(idle), Some(last_use), Some(now)) => now.elapsed_since(*last_use) >= idle.limit,
            _ => false,
        };
        if is_expired {
            state.open.remove(token);
        } else {
            state.open.insert(token.to_owned(), now);
        }
        !is_expired
    }

    pub(crate) fn close(&self, token: &str) {
        lock(&self.state).open.remove(token);
    }

    pub(crate) fn close_all(&self) {
        lock(&self.state).open.clear();
    }

    /// Returns the number of sessions that were opened by a login.
    pub(crate) fn opened(&self) -> usize {
        lock(&self.state).opened
    }

    fn now(&self) -> Option<Timestamp> {
        self.idle.as_ref().map(|idle| idle.clock.now())
    }
}
