//! Tells a server what to do with its next requests, or with all of them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::fault::Fault;

#[derive(Default)]
pub(crate) struct Script {
    state: Mutex<State>,
    held: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    next: VecDeque<Fault>,
    always: Option<Fault>,
    latency: Duration,
}

impl Script {
    pub(crate) fn next(&self, fault: Fault) {
        self.lock().next.push_back(fault);
    }

    pub(crate) fn always(&self, fault: Fault) {
        self.lock().always = Some(fault);
    }

    pub(crate) fn recover(&self) {
        let mut state = self.lock();
        state.next.clear();
        state.always = None;
    }

    pub(crate) fn latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    pub(crate) fn hold(&self) -> Hold {
        self.held.send_replace(true);
        Hold(self.held.clone())
    }

    /// Waits as told, then gives the fault that is due.
    pub(crate) async fn act(&self) -> Option<Fault> {
        let (fault, latency) = {
            let mut state = self.lock();
            let fault = state.next.pop_front().or_else(|| state.always.clone());
            (fault, state.latency)
        };
        // The sender lives as long as this script.
        let _ = self.held.subscribe().wait_for(|held| !held).await;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        fault
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps requests waiting until it is released or dropped, so that a test decides what happens in the meantime.
#[derive(Debug)]
#[must_use = "requests are held only until this is dropped"]
pub struct Hold(watch::Sender<bool>);

impl Hold {
    /// Lets the requests go on.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}
