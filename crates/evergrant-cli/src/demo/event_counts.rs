//! A `tracing` layer that counts the library's events.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// Counts fetches by their reason. Clones are cheap and share the counts.
#[derive(Clone, Default)]
pub(crate) struct EventCounter(Arc<Mutex<EventCounts>>);

/// The counts so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventCounts {
    /// Tokens fetched because the last one was due for renewal.
    pub(super) renewals: u64,
    /// Tokens fetched because an API rejected the last one.
    pub(super) recoveries: u64,
    /// Tokens fetched because there was no token.
    pub(super) first_fetches: u64,
    /// Fetches that failed after all attempts.
    pub(super) failures: u64,
    /// Calls that got a 401 and succeeded when they were repeated.
    pub(super) replays: u64,
    fetch_reason: Option<Reason>,
}

#[derive(Debug, Clone, Copy)]
enum Reason {
    Missing,
    Due,
    Rejected,
}

impl EventCounter {
    pub(super) fn counts(&self) -> EventCounts {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, EventCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for EventCounter {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        match event.metadata().name() {
            "evergrant.fetch_started" => {
                event.record(&mut fields);
                self.lock().fetch_reason = fields.reason;
            }
            "evergrant.renewed" => {
                let mut counts = self.lock();
                match counts.fetch_reason.take() {
                    Some(Reason::Due) => counts.renewals += 1,
                    Some(Reason::Rejected) => counts.recoveries += 1,
                    Some(Reason::Missing) | None => counts.first_fetches += 1,
                }
            }
            "evergrant.fetch_failed" => {
                let mut counts = self.lock();
                counts.fetch_reason = None;
                counts.failures += 1;
            }
            "evergrant.replayed" => {
                event.record(&mut fields);
                if fields.status.is_some_and(|status| status < 300) {
                    self.lock().replays += 1;
                }
            }
            _ => {}
        }
    }
}

#[derive(Default)]
struct Fields {
    reason: Option<Reason>,
    status: Option<u64>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "reason" {
            self.reason = match value {
                "missing" => Some(Reason::Missing),
                "renewal" | "expired" => Some(Reason::Due),
                "rejected" => Some(Reason::Rejected),
                _ => None,
            };
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.status = Some(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
