//! Collects `tracing` events and spans, so that a test can check for an event or for the absence of a secret.

mod collector;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;

use self::collector::Collector;

/// A capture of `tracing` events and spans. It collects them while it is installed; see [`LogCapture::install`]. Clones
/// share the records.
///
/// ```
/// let logs = evergrant_testing::LogCapture::new();
/// let _guard = logs.install();
/// tracing::info!(answer = 42, "found");
/// assert_eq!(logs.records()[0].fields["answer"], "42");
/// assert_eq!(logs.records()[0].message(), "found");
/// assert!(!logs.contains("not-a-real-secret"));
/// ```
#[derive(Clone, Default)]
pub struct LogCapture {
    records: Arc<Mutex<Vec<CapturedRecord>>>,
}

/// One recorded `tracing` event or span.
///
/// `Debug` output contains the logged values unmasked, including any secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogRecord {
    /// Whether the record is an event or a span.
    pub kind: LogKind,
    /// The name of the event or span.
    pub name: String,
    /// The target of the event or span, usually the path of its module.
    pub target: String,
    /// The level of the event or span in upper case, such as `WARN`.
    pub level: String,
    /// The fields as text. They include `message`, and the fields that were recorded on a span after its creation.
    pub fields: BTreeMap<String, String>,
}

/// The kind of a [`LogRecord`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogKind {
    /// A `tracing` event.
    Event,
    /// A `tracing` span. Its record is placed among the other records by the time at which the span was created.
    Span,
}

impl LogRecord {
    /// Returns the field `message`, or an empty string if the record has no message.
    #[must_use]
    pub fn message(&self) -> &str {
        self.fields.get("message").map_or("", String::as_str)
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter().flat_map(|(name, value)| [name, value]);
        [&self.name, &self.target].into_iter().chain(fields).map(String::as_str)
    }
}

impl LogCapture {
    /// Creates a capture of `tracing` events and spans without records. It collects nothing until
    /// [`install`](Self::install) or [`install_global`](Self::install_global) is called.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Collects the events and spans of the current thread until the returned guard is dropped. With a current-thread
    /// runtime, these include the events and spans of the runtime's tasks.
    #[must_use = "records are collected only until the guard is dropped"]
    pub fn install(&self) -> impl Drop + use<> {
        LazyLock::force(&SECOND_SUBSCRIBER);
        tracing::subscriber::set_default(Collector::new(self.clone()))
    }

    /// Collects the events and spans of all threads that have no other subscriber, until the process ends. Use this
    /// method for tests that run in their own process with a multi-threaded runtime.
    ///
    /// # Panics
    /// Panics if the process already has a global subscriber.
    pub fn install_global(&self) {
        LazyLock::force(&SECOND_SUBSCRIBER);
        tracing::subscriber::set_global_default(Collector::new(self.clone())).expect("no other global subscriber");
    }

    /// Returns all records that were collected so far.
    #[must_use]
    pub fn records(&self) -> Vec<LogRecord> {
        self.lock().iter().map(|captured| captured.record.clone()).collect()
    }

    /// Returns the records of all events and spans with this name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Vec<LogRecord> {
        let mut records = self.records();
        records.retain(|record| record.name == name);
        records
    }

    /// Returns whether the name, the target or a field of any record contains `text`, either literally or with quotes
    /// escaped as in `Debug` output.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        let escaped = text.escape_debug().to_string();
        self.lock()
            .iter()
            .flat_map(|captured| captured.record.texts())
            .any(|value| value.contains(text) || value.contains(&escaped))
    }

    /// Discards all collected records.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<CapturedRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LogCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogCapture")
            .field("records", &self.lock().len())
            .finish()
    }
}

struct CapturedRecord {
    /// The id of the span; `None` for an event.
    span: Option<u64>,
    record: LogRecord,
}

/// With a single subscriber, `tracing` caches for all threads whether the first thread at a call site is interested. A
/// second subscriber makes it check every time.
static SECOND_SUBSCRIBER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));
