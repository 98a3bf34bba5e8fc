//! The `tracing` subscriber of a log capture.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::{CapturedRecord, LogCapture, LogKind, LogRecord};

pub(super) struct Collector {
    capture: LogCapture,
}

/// Span ids are unique in the process because two collectors may write to one capture.
static NEXT_SPAN: AtomicU64 = AtomicU64::new(1);

impl Collector {
    pub(super) fn new(capture: LogCapture) -> Self {
        Self { capture }
    }

    fn capture(&self, span: Option<u64>, metadata: &Metadata<'_>, fields: Fields) {
        let record = LogRecord {
            kind: if span.is_some() { LogKind::Span } else { LogKind::Event },
            name: metadata.name().to_owned(),
            target: metadata.target().to_owned(),
            level: metadata.level().to_string(),
            fields: fields.0,
        };
        self.capture.lock().push(CapturedRecord { span, record });
    }
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let id = NEXT_SPAN.fetch_add(1, Ordering::Relaxed);
        let mut fields = Fields::default();
        span.record(&mut fields);
        self.capture(Some(id), span.metadata(), fields);
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        let mut records = self.capture.lock();
        if let Some(captured) = records
            .iter_mut()
            .find(|captured| captured.span == Some(span.into_u64()))
        {
            captured.record.fields.append(&mut fields.0);
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.capture(None, event.metadata(), fields);
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

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        // Includes all sources: any of them may contain a secret.
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(error) = source {
            text = format!("{text}: {error}");
            source = error.source();
        }
        self.0.insert(field.name().to_owned(), text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}
