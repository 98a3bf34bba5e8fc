//! Keeps what goes to `tracing`, so that a test can ask for an event, or for the absence of a secret.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Collects events and spans while it is the subscriber: see [`LogCapture::install`].
///
/// ```
/// let logs = evergrant_testing::LogCapture::new();
/// let _guard = logs.install();
/// tracing::info!(answer = 42, "found");
/// assert_eq!(logs.records()[0].fields["answer"], "42");
/// ```
#[derive(Clone, Default)]
pub struct LogCapture {
    records: Arc<Mutex<Vec<LogRecord>>>,
}

/// One event, or the opening of one span.
#[derive(Debug, Clone)]
pub struct LogRecord {
    /// The name of the event or span.
    pub name: String,
    /// Where it came from.
    pub target: String,
    /// Its level, in capitals.
    pub level: String,
    /// Its fields as text, `message` among them.
    pub fields: BTreeMap<String, String>,
}

impl LogCapture {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Collects what this thread reports until the returned guard is dropped. On a current-thread runtime that includes the
    /// tasks that it runs.
    #[must_use = "nothing is collected once this is dropped"]
    pub fn install(&self) -> impl Drop + use<> {
        // Without a second subscriber alive, `tracing` caches per call site whether this thread's is interested.
        let guard = tracing::subscriber::set_default(Collector {
            capture: self.clone(),
            next_span: AtomicU64::new(1),
        });
        tracing::callsite::rebuild_interest_cache();
        guard
    }

    /// Everything so far.
    #[must_use]
    pub fn records(&self) -> Vec<LogRecord> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The records of one name.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<LogRecord> {
        let mut records = self.records();
        records.retain(|record| record.name == name);
        records
    }

    /// Whether `text` occurs anywhere in them.
    #[must_use]
    pub fn mention(&self, text: &str) -> bool {
        self.records().iter().any(|record| format!("{record:?}").contains(text))
    }

    fn push(&self, metadata: &Metadata<'_>, fields: Fields) {
        let record = LogRecord {
            name: metadata.name().to_owned(),
            target: metadata.target().to_owned(),
            level: metadata.level().to_string(),
            fields: fields.0,
        };
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }
}

impl fmt::Debug for LogCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogCapture")
            .field("records", &self.records().len())
            .finish()
    }
}

struct Collector {
    capture: LogCapture,
    next_span: AtomicU64,
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        self.capture.push(span.metadata(), fields);
        Id::from_u64(self.next_span.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.capture.push(event.metadata(), fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}
