//! Sessions of the M2M API: given at login, gone at logout or when nobody uses them for a while.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use evergrant::runtime::{Runtime as _, Timestamp};
use evergrant_testing::ManualClock;

use crate::answer::lock;

/// The header that a session travels in.
pub(crate) const HEADER: &str = "VZ-M2M-Token";

#[derive(Default)]
pub(crate) struct Sessions {
    state: Mutex<State>,
    idle: Option<Idle>,
}

#[derive(Default)]
struct State {
    /// When each was used last; `None` where sessions do not idle.
    live: HashMap<String, Option<Timestamp>>,
    begun: usize,
}

/// How long a session may go unused.
struct Idle {
    clock: ManualClock,
    limit: Duration,
}

impl Sessions {
    pub(crate) fn idling(clock: &ManualClock, limit: Duration) -> Self {
        Self {
            state: Mutex::default(),
            idle: Some(Idle {
                clock: clock.clone(),
                limit,
            }),
        }
    }

    pub(crate) fn begin(&self) -> String {
        let mut state = lock(&self.state);
        state.begun += 1;
        let token = format!("emulated-session-{}", state.begun);
        state.live.insert(token.clone(), self.now());
        token
    }

    /// A session that nobody had to log in for.
    pub(crate) fn add(&self, token: &str) {
        lock(&self.state).live.insert(token.to_owned(), self.now());
    }

    /// Whether a session is live; it is used by that.
    pub(crate) fn touch(&self, token: &str) -> bool {
        let now = self.now();
        let mut state = lock(&self.state);
        let Some(used) = state.live.get(token) else {
            return false;
        };
        let idled = match (&self.idle, used, now) {
            (Some(idle), Some(used), Some(now)) => now.elapsed_since(*used) >= idle.limit,
            _ => false,
        };
        if idled {
            state.live.remove(token);
        } else {
            state.live.insert(token.to_owned(), now);
        }
        !idled
    }

    pub(crate) fn end(&self, token: &str) {
        lock(&self.state).live.remove(token);
    }

    pub(crate) fn end_all(&self) {
        lock(&self.state).live.clear();
    }

    /// How many were begun by a login.
    pub(crate) fn begun(&self) -> usize {
        lock(&self.state).begun
    }

    fn now(&self) -> Option<Timestamp> {
        self.idle.as_ref().map(|idle| idle.clock.now())
    }
}
