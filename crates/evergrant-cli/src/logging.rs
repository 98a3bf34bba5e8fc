//! The library's `tracing` events on standard error: with `-v` all of them, as log lines; without it those that a user must know,
//! as warnings of the program.

use std::fmt::{Debug, Write as _};
use std::io::IsTerminal as _;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::demo::Journal;
use crate::{failure, output};

/// Events that no error message repeats.
const NOTICES: [&str; 9] = [
    "evergrant.key_ring_unavailable",
    "evergrant.lease_lost",
    "evergrant.member_ignored",
    "evergrant.scope_narrowed",
    "evergrant.store_entry_refused",
    "evergrant.store_failed",
    "evergrant.not_replayed",
    "evergrant.redirected_without_credentials",
    "evergrant.redirect_not_followed",
];

/// Fields that say why, or what about, in the order in which a warning tells them.
const TOLD: [&str; 7] = ["url", "to", "member", "missing", "reason", "problem", "error"];

/// How much of what happens inside is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    Notices,
    Events,
}

/// Starts logging, and the demonstration's journal if there is one.
pub(crate) fn start(verbosity: Verbosity, journal: Option<Journal>) -> Result<(), TryInitError> {
    let screen = match verbosity {
        Verbosity::Notices => Notices.with_filter(filter_fn(is_notice)).boxed(),
        Verbosity::Events => tracing_subscriber::fmt::layer()
            .without_time()
            .with_target(false)
            .with_ansi(output::colours() && std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .with_filter(filter_fn(is_ours))
            .boxed(),
    };
    tracing_subscriber::registry().with(screen).with(journal).try_init()
}

/// Only our own: what an HTTP library tells may hold headers.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    matches!(metadata.target(), "evergrant" | "evergrant_reqwest")
}

fn is_notice(metadata: &Metadata<'_>) -> bool {
    is_ours(metadata) && NOTICES.contains(&metadata.name())
}

/// Tells each event as one line: `warning: the server granted fewer scopes than were asked for (books.write)`.
struct Notices;

impl<S: Subscriber> Layer<S> for Notices {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let told: Vec<&str> = fields
            .told
            .iter()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        let mut line = fields.message;
        if !told.is_empty() {
            // Cannot fail on a `String`.
            let _ = write!(line, " ({})", told.join(": "));
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
    told: [String; TOLD.len()],
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = text;
        } else if let Some(place) = TOLD.iter().position(|name| *name == field.name()) {
            self.told[place] = text;
        }
    }
}
