//! The guard that keeps a valid token cached while no calls are made, for programs whose first call after a long pause
//! must not wait.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;

use super::lifecycle::{Lifecycle, Mode};
use crate::error::Error;

/// A guard that keeps a valid token cached until the guard is dropped, even if no calls are made. Returned by
/// [`TokenManager::keep_warm`](crate::TokenManager::keep_warm).
#[must_use = "the token is renewed only until this guard is dropped"]
pub struct KeepWarm {
    // Dropping it ends the task.
    _stop: watch::Sender<()>,
}

/// The clock is read at least this often, because timers stop while the machine is suspended.
const MAX_SLEEP: Duration = Duration::from_secs(30);
const MIN_SLEEP: Duration = Duration::from_millis(50);

impl KeepWarm {
    pub(super) fn start(lifecycle: &Arc<Lifecycle>) -> Result<Self, Error> {
        let (sender, dropped) = watch::channel(());
        if lifecycle.policy.mode == Mode::Manual {
            return Ok(Self { _stop: sender });
        }
        let task = run(Arc::downgrade(lifecycle), dropped);
        lifecycle
            .runtime
            .spawn(Box::pin(task))
            .map_err(|_| Error::NoRuntime(Arc::clone(&lifecycle.client)))?;
        Ok(Self { _stop: sender })
    }
}

async fn run(lifecycle: Weak<Lifecycle>, mut dropped: watch::Receiver<()>) {
    loop {
        let Some(lifecycle) = lifecycle.upgrade() else {
            return;
        };
        let round = async {
            // The lifecycle itself caches and reports a failure.
            let _ = lifecycle.prefetch().await;
            let _ = lifecycle.current();
            let pause = lifecycle.time_until_action().clamp(MIN_SLEEP, MAX_SLEEP);
            let runtime = lifecycle.runtime.clone();
            drop(lifecycle);
            runtime.sleep(pause).await;
        };
        let (mut round, mut stop) = (pin!(round), pin!(dropped.changed()));
        let stopped = std::future::poll_fn(|context| {
            if stop.as_mut().poll(context).is_ready() {
                return Poll::Ready(true);
            }
            round.as_mut().poll(context).map(|()| false)
        });
        if stopped.await {
            return;
        }
    }
}

impl fmt::Debug for KeepWarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeepWarm").finish_non_exhaustive()
    }
}
