//! What a member says: lines of JSON on its standard output.

use std::io::{Stdout, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::runtime::{Runtime as _, TokioRuntime};
use serde::{Deserialize, Serialize};

use super::steps::{Mishap, Point};

/// One line. Times are since the machine started, which all processes agree on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first call that was given this token, by the server's number.
    Token {
        /// When the call returned.
        at: Duration,
        /// The server's number of it.
        serial: u64,
    },
    /// A call that was given none.
    Failed {
        /// When the call returned.
        at: Duration,
        /// How long it took.
        took: Duration,
        /// Why.
        error: String,
    },
    /// It has come to this point.
    Step {
        /// When.
        at: Duration,
        /// Which.
        point: Point,
    },
    /// What it was told to suffer happens now.
    Mishap {
        /// When.
        at: Duration,
        /// Where.
        point: Point,
        /// What.
        mishap: Mishap,
    },
    /// A warning of the library's, by its event's name.
    Warning {
        /// When.
        at: Duration,
        /// Such as `evergrant.store_failed`.
        name: String,
        /// Its error, where it has one.
        error: String,
    },
    /// How it fares.
    Tally(Tally),
}

/// Counts since its start.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tally {
    /// When.
    pub at: Duration,
    /// Calls that have returned.
    pub calls: u64,
    /// Those without a token.
    pub failures: u64,
    /// The longest of those that were made with a token at hand, at least once before.
    pub slowest: Duration,
    /// The longest of the first ones, up to the one that was given the first token.
    pub slowest_at_start: Duration,
    /// The token of the latest call that had one.
    pub serial: u64,
    /// Calls that were given an expired token, by the member's own clock.
    pub expired: u64,
    /// Tokens that the API refused.
    pub refused: u64,
    /// Of these, the ones that replaced one that was refused a moment before.
    pub refused_again: u64,
    /// How often the store had an older generation than before.
    pub went_back: u64,
    /// Tokens that it has fetched.
    pub obtained: u64,
    /// Tokens that it has taken over.
    pub adopted: u64,
}

/// Writes the lines.
#[derive(Debug, Clone)]
pub(super) struct Reporter(Arc<Mutex<Stdout>>);

impl Reporter {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(std::io::stdout())))
    }

    /// Where the parent is gone, nobody wants to know.
    pub(super) fn say(&self, event: &Event) {
        let Ok(mut line) = serde_json::to_string(event) else {
            return;
        };
        line.push('\n');
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}

/// The time since the machine started.
#[must_use]
pub fn now() -> Duration {
    TokioRuntime::new().now().since_boot()
}
