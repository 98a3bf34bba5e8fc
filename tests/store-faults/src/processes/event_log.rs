//! The events that a process has reported so far.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::worker::{Counters, Event, FaultKind, Point};

/// The events of one process, updated as they arrive. Clones share the events.
#[derive(Clone, Default)]
pub struct EventLog(Arc<Mutex<Events>>);

/// A failed call. Times are since the machine started.
#[derive(Debug, Clone)]
pub struct FailedCall {
    /// When the call returned.
    pub at: Duration,
    /// How long it took.
    pub took: Duration,
    /// The error's text.
    pub error: String,
}

#[derive(Default)]
struct Events {
    counters: Counters,
    tokens: Vec<(Duration, u64)>,
    failed_calls: Vec<FailedCall>,
    steps: Vec<(Duration, Point)>,
    fault: Option<(Duration, Point, FaultKind)>,
    warnings: Vec<(Duration, String, String)>,
}

impl EventLog {
    pub(super) fn add(&self, event: Event) {
        let mut events = self.lock();
        match event {
            Event::Counters(counters) => events.counters = counters,
            Event::Token { at, serial } => events.tokens.push((at, serial)),
            Event::CallFailed { at, took, error } => events.failed_calls.push(FailedCall { at, took, error }),
            Event::Step { at, point } => events.steps.push((at, point)),
            Event::Fault { at, point, kind } => events.fault = Some((at, point, kind)),
            Event::Warning { at, name, error } => events.warnings.push((at, name, error)),
        }
    }

    /// Returns the latest counters.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.lock().counters.clone()
    }

    /// Returns each token that calls received, by its serial number, and the time of the first call.
    #[must_use]
    pub fn tokens(&self) -> Vec<(Duration, u64)> {
        self.lock().tokens.clone()
    }

    /// Returns the serial number of the current token, or zero before the first.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.lock().tokens.last().map_or(0, |(_, serial)| *serial)
    }

    /// Returns the failed calls, up to the number that a process reports.
    #[must_use]
    pub fn failed_calls(&self) -> Vec<FailedCall> {
        self.lock().failed_calls.clone()
    }

    /// Returns the steps that the process reported.
    #[must_use]
    pub fn steps(&self) -> Vec<(Duration, Point)> {
        self.lock().steps.clone()
    }

    /// Returns the injected fault and when it happened.
    #[must_use]
    pub fn fault(&self) -> Option<(Duration, Point, FaultKind)> {
        self.lock().fault
    }

    /// Returns the number of warnings with this event name, such as `evergrant.store_failed`.
    #[must_use]
    pub fn warnings(&self, name: &str) -> usize {
        self.lock()
            .warnings
            .iter()
            .filter(|(_, warned, _)| warned == name)
            .count()
    }

    fn lock(&self) -> MutexGuard<'_, Events> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lists all events by time, for the output of a failed test.
impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.lock();
        writeln!(f, "{:?}", events.counters)?;
        let mut lines: Vec<(Duration, String)> = Vec::new();
        lines.extend(
            events
                .tokens
                .iter()
                .map(|(at, serial)| (*at, format!("token {serial}"))),
        );
        lines.extend(events.steps.iter().map(|(at, point)| (*at, format!("{point:?}"))));
        lines.extend(
            events
                .fault
                .iter()
                .map(|(at, point, kind)| (*at, format!("{kind:?} at {point:?}"))),
        );
        lines.extend(events.failed_calls.iter().map(|call| {
            let FailedCall { at, took, error } = call;
            (*at, format!("call failed after {took:?}: {error}"))
        }));
        lines.extend(
            events
                .warnings
                .iter()
                .map(|(at, name, error)| (*at, format!("warning: {name} {error}"))),
        );
        lines.sort();
        for (at, line) in lines {
            writeln!(f, "  {:.3} {line}", at.as_secs_f64())?;
        }
        Ok(())
    }
}
