//! A timer on the system's clock, which the application cannot pause. Tokio's timers end early while Tokio's clock is
//! paused (`tokio::time::pause`): the clock then jumps to the next timer whenever all tasks wait, even if they wait for
//! a response.

use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_timer::Delay;
use tokio::time::Sleep;

/// A later instant than any timer waits for.
const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// A timer of Tokio, or one on a thread of its own if Tokio's clock is not the system's.
pub(super) struct Timer {
    due: Instant,
    /// `None` if Tokio's clock is not the system's.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Creates a timer on the runtime that the calling thread has entered.
    pub(super) fn new(duration: Duration) -> Self {
        Self {
            due: after(now(), duration),
            sleep: (!is_paused()).then(|| Box::pin(tokio::time::sleep(duration))),
        }
    }

    /// Waits until the timer is due. Returns how late it is.
    pub(super) async fn wait(&mut self) -> Duration {
        if let Some(sleep) = &mut self.sleep {
            sleep.as_mut().await;
        }
        loop {
            let now = now();
            let left = self.due.saturating_duration_since(now);
            if left.is_zero() {
                return now.saturating_duration_since(self.due);
            }
            // The application has paused Tokio's clock meanwhile.
            self.sleep = None;
            Delay::new(left).await;
        }
    }

    /// Sets the timer again, to `duration` after it was due.
    pub(super) fn extend(&mut self, duration: Duration) {
        self.due = after(self.due, duration);
        if let Some(sleep) = &mut self.sleep {
            let due = sleep.deadline() + duration.min(FAR_FUTURE);
            sleep.as_mut().reset(due);
        }
    }

    /// Sets the timer again, to `duration` from now.
    pub(super) fn restart(&mut self, duration: Duration) {
        self.due = after(now(), duration);
        if let Some(sleep) = &mut self.sleep {
            let due = tokio::time::Instant::now() + duration.min(FAR_FUTURE);
            sleep.as_mut().reset(due);
        }
    }
}

/// Returns whether the clock of the current Tokio runtime differs from the system's. Both are the same clock unless the
/// application has paused it, even if it has resumed it since.
pub(super) fn is_paused() -> bool {
    let (before, tokio, after) = (now(), tokio::time::Instant::now().into_std(), now());
    tokio < before || after < tokio
}

fn after(start: Instant, duration: Duration) -> Instant {
    start.checked_add(duration.min(FAR_FUTURE)).unwrap_or(start)
}

#[expect(
    clippy::disallowed_methods,
    reason = "Tokio's timers are compared with the clock that they follow"
)]
fn now() -> Instant {
    Instant::now()
}
