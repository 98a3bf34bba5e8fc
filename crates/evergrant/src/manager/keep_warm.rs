//! Renewal without calls, for programs that are quiet for long and must answer at once.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;

use super::lifecycle::{Lifecycle, Style};
use crate::error::Error;

/// Keeps a manager's token fresh until it is dropped; see [`TokenManager::keep_warm`](crate::TokenManager::keep_warm).
#[must_use = "the token is kept warm only until this is dropped"]
pub struct KeepWarm {
    // Held for its drop alone, which ends the task.
    _until: watch::Sender<()>,
}

/// Timers stand still while the machine is suspended, so the clock is looked at this often at least.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
const SHORTEST_SLEEP: Duration = Duration::from_millis(50);

impl KeepWarm {
    pub(super) fn start(lifecycle: &Arc<Lifecycle>) -> Result<Self, Error> {
        let (sender, dropped) = watch::channel(());
        if lifecycle.policy.style == Style::Manual {
            return Ok(Self { _until: sender });
        }
        let task = tend(Arc::downgrade(lifecycle), dropped);
        lifecycle
            .runtime
            .spawn(Box::pin(task))
            .map_err(|_| Error::NoRuntime(Arc::clone(&lifecycle.client)))?;
        Ok(Self { _until: sender })
    }
}

async fn tend(lifecycle: Weak<Lifecycle>, mut dropped: watch::Receiver<()>) {
    loop {
        let Some(lifecycle) = lifecycle.upgrade() else {
            return;
        };
        let round = async {
            // A failure is remembered and reported by the lifecycle itself.
            let _ = lifecycle.obtain_unasked().await;
            let _ = lifecycle.current();
            let pause = lifecycle.next_need().clamp(SHORTEST_SLEEP, LONGEST_SLEEP);
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
