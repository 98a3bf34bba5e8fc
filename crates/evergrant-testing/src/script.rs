//! Tells a server what to do with its next requests, or with all of them.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::sync::watch;

use crate::fault::{Body, Course, Fault, drip, full};
use crate::host::Connection;

#[derive(Default)]
pub(crate) struct Script {
    state: Mutex<State>,
    /// How many holds there are.
    holds: watch::Sender<usize>,
    /// How often the hanging requests were released.
    releases: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    next: VecDeque<Fault>,
    always: Option<Fault>,
    latency: Duration,
}

impl Script {
    pub(crate) fn next(&self, count: usize, fault: &Fault) {
        self.lock().next.extend(std::iter::repeat_n(fault.clone(), count));
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
        self.holds.send_modify(|holds| *holds += 1);
        Hold(self.holds.clone())
    }

    pub(crate) fn release_hanging(&self) {
        self.releases.send_modify(|releases| *releases += 1);
    }

    /// What is in store for a request. Taken before the request is recorded: what a test does once it has seen the record
    /// finds the turn taken.
    pub(crate) fn turn(&self) -> Turn {
        let mut state = self.lock();
        Turn {
            fault: state.next.pop_front().or_else(|| state.always.clone()),
            latency: state.latency,
            holds: self.holds.subscribe(),
            releases: self.releases.subscribe(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request's part of the script.
pub(crate) struct Turn {
    fault: Option<Fault>,
    latency: Duration,
    holds: watch::Receiver<usize>,
    releases: watch::Receiver<u64>,
}

impl Turn {
    /// Waits as told, then answers as told; an error drops the connection.
    pub(crate) async fn play(
        mut self,
        connection: &Connection,
        genuine: impl FnOnce() -> Response<Bytes>,
    ) -> Result<Response<Body>, io::Error> {
        // An error would mean that the script is gone, and with it the server.
        let _ = self.holds.wait_for(|holds| *holds == 0).await;
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        let mut releases = self.releases;
        let released = async {
            if releases.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let course = match self.fault {
            Some(fault) => fault.happen(connection, released).await,
            None => Course::AsUsual,
        };
        match course {
            Course::AsUsual => Ok(genuine().map(full)),
            Course::Dripping(pause) => Ok(genuine().map(|body| drip(body, pause))),
            Course::Instead(response) => Ok(response),
            Course::Dropped => Err(io::Error::other("dropped by the script")),
        }
    }
}

/// Keeps requests waiting until it is released or dropped, so that a test decides what happens in the meantime.
///
/// ```
/// # use evergrant_testing::AuthServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
/// let hold = auth.hold();
/// # let url = auth.token_url();
/// # let call = tokio::spawn(async move { reqwest::Client::new().post(url).send().await });
/// // start the callers under test; then:
/// auth.wait_for_token_requests(1).await;
/// // the token request is under way: start more callers, cancel some, move the clock; then:
/// hold.release();
/// # assert!(call.await.unwrap().is_ok());
/// # }
/// ```
#[derive(Debug)]
#[must_use = "requests are held only until this is dropped"]
pub struct Hold(watch::Sender<usize>);

impl Hold {
    /// Lets the requests go on, unless another hold still keeps them.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.send_modify(|holds| *holds -= 1);
    }
}
