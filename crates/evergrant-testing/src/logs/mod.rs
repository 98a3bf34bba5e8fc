//! Keeps what goes to `tracing`, so that a test can ask for an event, or for the absence of a secret.

mod collector;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use tracing::Dispatch;

use self::collector::{Collector, Deaf};

/// Collects events and spans while it is the subscriber: see [`LogCapture::install`]. Clones share what is collected.
///
/// ```
/// let logs = evergrant_testing::LogCapture::new();
/// let _guard = logs.install();
/// tracing::info!(answer = 42, "found");
/// assert_eq!(logs.records()[0].fields["answer"], "42");
/// assert_eq!(logs.records()[0].message(), "found");
/// assert!(!logs.mention("not-a-real-secret"));
/// ```
#[derive(Clone, Default)]
pub struct LogCapture {
    records: Arc<Mutex<Vec<Kept>>>,
}

/// One event or one span.
///
/// It shows what was logged, as it was: if that is a secret, so does its `Debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogRecord {
    /// Which of the two.
    pub kind: LogKind,
    /// The name of the event or span.
    pub name: String,
    /// Where it came from.
    pub target: String,
    /// Its level, in capitals.
    pub level: String,
    /// Its fields as text, `message` among them; those that a span was given later too.
    pub fields: BTreeMap<String, String>,
}

/// What a [`LogRecord`] is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogKind {
    /// A point in time.
    Event,
    /// A period of time; its record stands where it was opened.
    Span,
}

impl LogRecord {
    /// The message, empty if there is none.
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
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Collects what this thread reports until the returned guard is dropped. On a current-thread runtime that includes the
    /// tasks that it runs.
    #[must_use = "nothing is collected once this is dropped"]
    pub fn install(&self) -> impl Drop + use<> {
        LazyLock::force(&SECOND_SUBSCRIBER);
        tracing::subscriber::set_default(Collector::new(self.clone()))
    }

    /// Collects what every thread reports that has no subscriber of its own, until the process ends: for tests in a process
    /// of their own, on a multi-threaded runtime.
    ///
    /// # Panics
    /// If the process has such a subscriber already.
    pub fn install_for_process(&self) {
        LazyLock::force(&SECOND_SUBSCRIBER);
        tracing::subscriber::set_global_default(Collector::new(self.clone()))
            .expect("the only subscriber for the whole process");
    }

    /// Everything so far.
    #[must_use]
    pub fn records(&self) -> Vec<LogRecord> {
        self.lock().iter().map(|kept| kept.record.clone()).collect()
    }

    /// The records of one name.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<LogRecord> {
        let mut records = self.records();
        records.retain(|record| record.name == name);
        records
    }

    /// Whether `text` occurs in any name, target, field or message, as it is or with its quotes escaped, as in `Debug` output.
    #[must_use]
    pub fn mention(&self, text: &str) -> bool {
        let escaped = text.escape_debug().to_string();
        self.lock()
            .iter()
            .flat_map(|kept| kept.record.texts())
            .any(|place| place.contains(text) || place.contains(&escaped))
    }

    /// Forgets everything so far.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Kept>> {
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

struct Kept {
    /// The span's; an event has none.
    span: Option<u64>,
    record: LogRecord,
}

/// While there is a single subscriber, `tracing` asks only the thread that first comes to a call site whether anybody
/// listens, and remembers its answer for all threads. A second one makes it ask every time.
static SECOND_SUBSCRIBER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Deaf));
