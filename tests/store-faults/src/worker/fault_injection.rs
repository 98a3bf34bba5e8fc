//! Injects a fault at a point of a renewal, and tracks the phase of the renewal.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

use super::renewal_steps::{Fault, FaultKind, Point, Step};
use super::reported_events::{Event, Reporter, now};

/// The pending fault, the current phase, and whether the store and the network are available.
#[derive(Debug)]
pub(super) struct FaultInjector {
    reporter: Reporter,
    report_steps: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    /// When the latest token arrived.
    latest_token: Duration,
    phase: Phase,
    writes: u32,
    /// Completed extensions of the lease.
    extensions: u32,
    store_outage: Option<(Outage, Duration)>,
    network_outage_end: Option<Duration>,
}

/// The purpose of the next read of the record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Idle,
    Requesting,
    Saving,
}

/// The result of store operations during an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outage {
    Error,
    Hang,
}

/// Maximum wait for the extension at which a fault is pending.
const EXTENSION_LIMIT: Duration = Duration::from_secs(3);

impl FaultInjector {
    pub(super) fn new(reporter: Reporter, report_steps: bool, fault: Option<Fault>) -> Self {
        let state = State {
            fault,
            ..State::default()
        };
        Self {
            reporter,
            report_steps,
            state: Mutex::new(state),
        }
    }

    /// Reports that the process reached a point, and injects a fault that is due there.
    pub(super) async fn reach(&self, point: Point) {
        let at = now();
        if self.report_steps {
            self.reporter.send(&Event::Step { at, point });
        }
        if point == Point::after(Step::ExtendLease) {
            self.lock().extensions += 1;
        }
        if let Some(kind) = self.take_due_fault(point, at) {
            self.reporter.send(&Event::Fault { at, point, kind });
            match kind {
                FaultKind::Kill => {
                    send_signal(Signal::KILL);
                    pending::<()>().await;
                }
                FaultKind::Stop => {
                    self.wait_for_writes().await;
                    send_signal(Signal::STOP);
                }
                _ => {}
            }
        }
    }

    /// Records the time at which a call received a new token.
    pub(super) fn new_token(&self, at: Duration) {
        self.lock().latest_token = at;
    }

    /// Sets the fault to inject. It replaces an earlier one that has not happened.
    pub(super) fn inject(&self, fault: Fault) {
        self.lock().fault = Some(fault);
    }

    pub(super) fn phase(&self) -> Phase {
        self.lock().phase
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        self.lock().phase = phase;
    }

    pub(super) fn store_outage(&self) -> Option<Outage> {
        let outage = self.lock().store_outage;
        outage.and_then(|(outage, end)| (now() < end).then_some(outage))
    }

    pub(super) fn network_is_unavailable(&self) -> bool {
        self.lock().network_outage_end.is_some_and(|end| now() < end)
    }

    pub(super) fn extensions(&self) -> u32 {
        self.lock().extensions
    }

    /// Waits for one more extension than `extensions` if a fault is pending there. On a busy machine the response may
    /// arrive before the extension is complete, and the extension then never completes.
    pub(super) async fn wait_for_extension(&self, extensions: u32) {
        let deadline = now() + EXTENSION_LIMIT;
        while self.has_due_fault_at_extension() && self.extensions() == extensions && now() < deadline {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn has_due_fault_at_extension(&self) -> bool {
        let state = self.lock();
        let age = now().saturating_sub(state.latest_token);
        state.fault.is_some_and(|fault| {
            matches!(fault.point.step, Step::ReadToExtend | Step::ExtendLease) && age >= fault.min_token_age
        })
    }

    /// Begins a write to the store. It ends when the returned guard is dropped.
    pub(super) fn begin_write(self: &Arc<Self>) -> WriteGuard {
        self.lock().writes += 1;
        WriteGuard(Arc::clone(self))
    }

    /// Waits until this process writes nothing to the store. A process that is stopped while it writes a file holds the
    /// file's lock: that is the fault of an engine that hangs, which other tests inject.
    async fn wait_for_writes(&self) {
        while self.lock().writes > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn take_due_fault(&self, point: Point, at: Duration) -> Option<FaultKind> {
        let mut state = self.lock();
        let age = at.saturating_sub(state.latest_token);
        let due = |fault: &mut Fault| fault.point == point && age >= fault.min_token_age;
        let kind = state.fault.take_if(due)?.kind;
        match kind {
            FaultKind::Kill | FaultKind::Stop => {}
            FaultKind::StoreUnavailable(time) => state.store_outage = Some((Outage::Error, at + time)),
            FaultKind::StoreHangs(time) => state.store_outage = Some((Outage::Hang, at + time)),
            FaultKind::NetworkUnavailable(time) => state.network_outage_end = Some(at + time),
        }
        Some(kind)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write to the store that is in progress.
pub(super) struct WriteGuard(Arc<FaultInjector>);

impl Drop for WriteGuard {
    fn drop(&mut self) {
        self.0.lock().writes -= 1;
    }
}

/// Sends a signal to this process.
fn send_signal(signal: Signal) {
    // Fails only for a process that does not exist.
    let _ = kill_process(getpid(), signal);
}
