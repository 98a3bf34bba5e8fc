//! Prints the library's `tracing` events on standard error: with `-v` all of them as log lines, without it the
//! important ones as warnings and notes.

use std::fmt::{Debug, Write as _};
use std::io::IsTerminal as _;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, Layered, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::{failure, standard_output};

/// Events that are shown without `-v`, because no error message repeats them.
const NOTICES: [&str; 10] = [
    "evergrant.key_ring_unavailable",
    "evergrant.lease_lost",
    "evergrant.member_ignored",
    "evergrant.scope_narrowed",
    "evergrant.secret_file_exposed",
    "evergrant.store_record_ignored",
    "evergrant.store_failed",
    "evergrant.not_replayed",
    "evergrant.redirected_without_credentials",
    "evergrant.redirect_not_followed",
];

/// Fields with the subject and the reason of an event, in the order in which a warning shows them.
const SHOWN_FIELDS: [&str; 7] = ["url", "to", "member", "missing", "reason", "problem", "error"];

/// The layer that writes to standard error.
type StderrLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Which events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    Notices,
    Events,
}

/// Starts logging, with an optional second layer.
pub(crate) fn start(
    verbosity: Verbosity,
    extra: Option<impl Layer<Layered<StderrLayer, Registry>> + Send + Sync>,
) -> Result<(), TryInitError> {
    let stderr: StderrLayer = match verbosity {
        Verbosity::Notices => Notices.with_filter(filter_fn(is_notice)).boxed(),
        Verbosity::Events => tracing_subscriber::fmt::layer()
            .without_time()
            .with_target(false)
            .with_ansi(standard_output::use_colours() && std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .with_filter(filter_fn(is_evergrant))
            .boxed(),
    };
    tracing_subscriber::registry().with(stderr).with(extra).try_init()
}

/// Only the library's own events: those of HTTP libraries may contain headers.
fn is_evergrant(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "evergrant"
}

fn is_notice(metadata: &Metadata<'_>) -> bool {
    is_evergrant(metadata) && NOTICES.contains(&metadata.name())
}

/// Prints each event as one line: `warning: the server granted fewer scopes than requested (books.write)`.
struct Notices;

impl<S: Subscriber> Layer<S> for Notices {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let values: Vec<&str> = fields
            .values
            .iter()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        let mut line = fields.message;
        if !values.is_empty() {
            // Cannot fail on a `String`.
            let _ = write!(line, " ({})", values.join(": "));
        }
        match *event.metadata().level() {
            Level::ERROR | Level::WARN => failure::warn(&line),
            _ => failure::note(&line),
        }
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    values: [String; SHOWN_FIELDS.len()],
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = text;
        } else if let Some(index) = SHOWN_FIELDS.iter().position(|name| *name == field.name()) {
            self.values[index] = text;
        }
    }
}
