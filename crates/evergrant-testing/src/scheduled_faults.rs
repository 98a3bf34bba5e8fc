//! The faults, latency and holds that a test schedules for a server's requests.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::sync::watch;

use crate::fault::{Fault, FaultAction};
use crate::http_host::Connection;
use crate::response_body::{Body, drip, full};

#[derive(Default)]
pub(crate) struct Script {
    state: Mutex<State>,
    /// Number of active holds.
    holds: watch::Sender<usize>,
    /// Number of releases of hanging requests.
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

    pub(crate) fn hold(&self) -> HoldGuard {
        self.holds.send_modify(|holds| *holds += 1);
        HoldGuard(self.holds.clone())
    }

    pub(crate) fn release_hanging(&self) {
        self.releases.send_modify(|releases| *releases += 1);
    }

    /// Takes the step for a request. This happens before the request is recorded, so that a test that has seen the
    /// record cannot affect the request by later changes.
    pub(crate) fn next_step(&self) -> ScriptedStep {
        let mut state = self.lock();
        ScriptedStep {
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

/// The fault, latency and holds that apply to one request.
pub(crate) struct ScriptedStep {
    fault: Option<Fault>,
    latency: Duration,
    holds: watch::Receiver<usize>,
    releases: watch::Receiver<u64>,
}

impl ScriptedStep {
    /// Waits for holds and latency, then applies the fault or responds normally. An error drops the connection.
    pub(crate) async fn run(
        mut self,
        connection: &Connection,
        respond: impl FnOnce() -> Response<Bytes>,
    ) -> Result<Response<Body>, io::Error> {
        // This fails only after the server has been dropped.
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
        let action = match self.fault {
            Some(fault) => fault.resolve(connection, released).await,
            None => FaultAction::Continue,
        };
        match action {
            FaultAction::Continue => Ok(respond().map(full)),
            FaultAction::Drip(pause) => Ok(respond().map(|body| drip(body, pause))),
            FaultAction::Respond(response) => Ok(response),
            FaultAction::Disconnect => Err(io::Error::other("dropped by a fault")),
        }
    }
}

/// A guard that holds requests on a test server: the server responds to them after the guard is released or dropped. A
/// test can thus control what happens before the response.
///
/// ```
/// # use evergrant_testing::AuthServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let auth = AuthServer::builder().client("client-id", "not-a-real-secret").start();
/// let hold = auth.hold();
/// # let url = auth.token_url();
/// # let call = tokio::spawn(async move { reqwest::Client::new().post(url).send().await });
/// // Start the callers under test, then:
/// auth.wait_for_token_requests(1).await;
/// // The token request is in progress: start more callers, cancel some or move the clock, then:
/// hold.release();
/// # assert!(call.await.unwrap().is_ok());
/// # }
/// ```
#[derive(Debug)]
#[must_use = "requests are held only until the guard is dropped"]
pub struct HoldGuard(watch::Sender<usize>);

impl HoldGuard {
    /// Releases the requests that this guard holds, unless another guard still holds them.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for HoldGuard {
    fn drop(&mut self) {
        self.0.send_modify(|holds| *holds -= 1);
    }
}
