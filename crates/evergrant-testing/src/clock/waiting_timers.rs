//! The timers of a manual clock.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::ManualClock;

#[derive(Default)]
pub(super) struct Sleepers {
    waiting: Vec<Sleeper>,
    next_id: u64,
}

struct Sleeper {
    id: u64,
    due: Duration,
    waker: Waker,
}

impl Sleepers {
    pub(super) fn count(&self) -> usize {
        self.waiting.len()
    }

    /// Removes and returns the due timers, ordered by due time, then by start.
    pub(super) fn due_by(&mut self, now: Duration) -> Vec<Waker> {
        let mut due: Vec<_> = self.waiting.extract_if(.., |sleeper| sleeper.due <= now).collect();
        due.sort_by_key(|sleeper| (sleeper.due, sleeper.id));
        due.into_iter().map(|sleeper| sleeper.waker).collect()
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Returns the previous waker, which must be dropped without the lock: it may own a task that owns a timer.
    fn set(&mut self, id: u64, due: Duration, waker: Waker) -> Option<Waker> {
        let previous = self.remove(id);
        self.waiting.push(Sleeper { id, due, waker });
        previous
    }

    fn remove(&mut self, id: u64) -> Option<Waker> {
        let index = self.waiting.iter().position(|sleeper| sleeper.id == id)?;
        Some(self.waiting.swap_remove(index).waker)
    }
}

pub(super) struct Sleep {
    clock: ManualClock,
    due: Duration,
    id: Option<u64>,
}

impl Sleep {
    pub(super) fn until(due: Duration, clock: ManualClock) -> Self {
        Self { clock, due, id: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let sleep = &mut *self;
        let waker = context.waker().clone();
        let previous = {
            let mut time = sleep.clock.lock();
            if time.running >= sleep.due {
                return Poll::Ready(());
            }
            let id = *sleep.id.get_or_insert_with(|| time.sleepers.new_id());
            time.sleepers.set(id, sleep.due, waker)
        };
        if previous.is_none() {
            sleep.clock.shared.timers_started.send_modify(|started| *started += 1);
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let previous = self.clock.lock().sleepers.remove(id);
            drop(previous);
        }
    }
}
