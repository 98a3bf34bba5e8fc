//! What the library itself tells about its tokens: a `tracing` layer that counts its events.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// Counts fetches by the reason for which they were started. A cheap clone; all clones count together.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Entries>>);

/// The counts so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entries {
    /// Tokens fetched because the last one was due.
    pub(super) renewals: u64,
    /// Tokens fetched because an API refused the last one.
    pub(super) recoveries: u64,
    /// Tokens fetched because there was none.
    pub(super) firsts: u64,
    /// Fetches that failed, with all their attempts.
    pub(super) failures: u64,
    /// Calls that were refused with a 401 and succeeded when they were repeated.
    pub(super) replays: u64,
    under_way: Option<Reason>,
}

#[derive(Debug, Clone, Copy)]
enum Reason {
    Missing,
    Due,
    Rejected,
}

impl Journal {
    pub(super) fn entries(&self) -> Entries {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for Journal {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        match event.metadata().name() {
            "evergrant.fetch_started" => {
                event.record(&mut fields);
                self.lock().under_way = fields.reason;
            }
            "evergrant.renewed" => {
                let mut entries = self.lock();
                match entries.under_way.take() {
                    Some(Reason::Due) => entries.renewals += 1,
                    Some(Reason::Rejected) => entries.recoveries += 1,
                    Some(Reason::Missing) | None => entries.firsts += 1,
                }
            }
            "evergrant.fetch_failed" => {
                let mut entries = self.lock();
                entries.under_way = None;
                entries.failures += 1;
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
