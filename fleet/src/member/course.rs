//! A member's way through the steps: where it is, what it can reach, and when what it is to suffer happens.

use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

use super::report::{Event, Reporter, now};
use super::steps::{Fault, Mishap, Point};

/// Where a member is on its way, and what it can reach.
#[derive(Debug)]
pub(super) struct Course {
    reporter: Reporter,
    announce: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    /// When the latest token came.
    latest: Duration,
    phase: Phase,
    writes: u32,
    store: Option<(Loss, Duration)>,
    network_until: Option<Duration>,
}

/// What the next look at the record is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Idle,
    Asking,
    Saving,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Refusing,
    Silent,
}

impl Course {
    pub(super) fn new(reporter: Reporter, announce: bool, fault: Option<Fault>) -> Self {
        let state = State {
            fault,
            ..State::default()
        };
        Self {
            reporter,
            announce,
            state: Mutex::new(state),
        }
    }

    /// Says so, and suffers what is to happen here.
    pub(super) async fn reach(&self, point: Point) {
        let at = now();
        if self.announce {
            self.reporter.say(&Event::Step { at, point });
        }
        if let Some(mishap) = self.befalls(point, at) {
            self.reporter.say(&Event::Mishap { at, point, mishap });
            match mishap {
                Mishap::Killed => {
                    send(Signal::KILL);
                    pending::<()>().await;
                }
                Mishap::Stopped => {
                    self.no_write_is_under_way().await;
                    send(Signal::STOP);
                }
                _ => {}
            }
        }
    }

    /// A call was given a token that none was given before.
    pub(super) fn new_token(&self, at: Duration) {
        self.lock().latest = at;
    }

    /// From now on.
    pub(super) fn suffer(&self, fault: Fault) {
        self.lock().fault = Some(fault);
    }

    pub(super) fn phase(&self) -> Phase {
        self.lock().phase
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.lock().phase = phase;
    }

    pub(super) fn store_is_lost(&self) -> Option<Loss> {
        let lost = self.lock().store;
        lost.and_then(|(loss, until)| (now() < until).then_some(loss))
    }

    pub(super) fn network_is_lost(&self) -> bool {
        self.lock().network_until.is_some_and(|until| now() < until)
    }

    /// Until the returned value is dropped, this process writes to the store.
    pub(super) fn write(&self) -> Write<'_> {
        self.lock().writes += 1;
        Write(self)
    }

    /// Who is stopped while it writes a file holds its lock. That is an engine that hangs, and no matter of the step.
    async fn no_write_is_under_way(&self) {
        while self.lock().writes > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn befalls(&self, point: Point, at: Duration) -> Option<Mishap> {
        let mut state = self.lock();
        let age = at.saturating_sub(state.latest);
        let due = |fault: &mut Fault| fault.point == point && age >= fault.age;
        let mishap = state.fault.take_if(due)?.mishap;
        match mishap {
            Mishap::Killed | Mishap::Stopped => {}
            Mishap::StoreLost(time) => state.store = Some((Loss::Refusing, at + time)),
            Mishap::StoreSilent(time) => state.store = Some((Loss::Silent, at + time)),
            Mishap::NetworkLost(time) => state.network_until = Some(at + time),
        }
        Some(mishap)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write that is under way.
pub(super) struct Write<'a>(&'a Course);

impl Drop for Write<'_> {
    fn drop(&mut self) {
        self.0.lock().writes -= 1;
    }
}

/// To this very process.
fn send(signal: Signal) {
    // It could fail for a process that there is not.
    let _ = kill_process(getpid(), signal);
}
