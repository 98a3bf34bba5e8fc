//! The steps of a renewal, and what may befall a member before or after any of them.

use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};

use super::report::{Event, Reporter, now};

/// What a member does with the store and the server, in the order of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reads the record, holding no lease.
    Look,
    /// Takes the lease.
    Lease,
    /// Asks the server: before the request, and after the response.
    Send,
    /// Reads the record while the server is being asked.
    LookToExtend,
    /// Extends the lease.
    Extend,
    /// Reads the record, having a token to save.
    LookToSave,
    /// Saves the token.
    Save,
    /// Any other change of the record.
    Note,
}

/// On which side of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Nothing of it has happened.
    Before,
    /// All of it has happened, and nobody here knows yet.
    After,
}

/// One point on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Point {
    /// The step.
    pub step: Step,
    /// Its side.
    pub side: Side,
}

/// What befalls a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mishap {
    /// `SIGKILL`.
    Killed,
    /// `SIGSTOP`, until the parent resumes it.
    Stopped,
    /// The store cannot be reached for so long.
    StoreLost(Duration),
    /// The store answers nothing for so long.
    StoreSilent(Duration),
    /// The server cannot be reached for so long; a response that is on its way is lost.
    NetworkLost(Duration),
}

/// When and where a mishap happens, once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Where.
    pub point: Point,
    /// What.
    pub mishap: Mishap,
    /// Not before calls have been given the same token for so long. After a token has come, the record is looked at for a while
    /// that renews nothing.
    pub age: Duration,
}

/// Every point of a renewal whose request takes long enough for the lease to be extended.
pub const POINTS: [Point; 14] = {
    let mut points = [Point::before(Step::Look); 14];
    let steps = [
        Step::Look,
        Step::Lease,
        Step::Send,
        Step::LookToExtend,
        Step::Extend,
        Step::LookToSave,
        Step::Save,
    ];
    let mut index = 0;
    while index < steps.len() {
        points[2 * index] = Point::before(steps[index]);
        points[2 * index + 1] = Point::after(steps[index]);
        index += 1;
    }
    points
};

impl Point {
    /// Before a step.
    #[must_use]
    pub const fn before(step: Step) -> Self {
        let side = Side::Before;
        Self { step, side }
    }

    /// After a step.
    #[must_use]
    pub const fn after(step: Step) -> Self {
        let side = Side::After;
        Self { step, side }
    }
}

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
