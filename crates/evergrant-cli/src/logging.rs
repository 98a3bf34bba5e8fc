//! The library's `tracing` events on standard error: with `-v` all of them, without it those that a user must know.

use std::io::IsTerminal as _;

use tracing::Metadata;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::demo::Journal;
use crate::output;

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

/// How much of what happens inside is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    Notices,
    Events,
}

/// Starts logging, and the demonstration's journal if there is one.
pub(crate) fn start(verbosity: Verbosity, journal: Option<Journal>) -> Result<(), TryInitError> {
    let screen = tracing_subscriber::fmt::layer()
        .without_time()
        .with_target(false)
        .with_ansi(output::colours() && std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .with_filter(filter_fn(move |metadata| told(metadata, verbosity)));
    tracing_subscriber::registry().with(screen).with(journal).try_init()
}

/// Only our own: what an HTTP library tells may hold headers.
fn told(metadata: &Metadata<'_>, verbosity: Verbosity) -> bool {
    let ours = matches!(metadata.target(), "evergrant" | "evergrant_reqwest");
    ours && (verbosity == Verbosity::Events || NOTICES.contains(&metadata.name()))
}
