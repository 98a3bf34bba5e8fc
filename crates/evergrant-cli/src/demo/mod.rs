//! `evergrant demo`: demonstrates the library with real sockets in four scenarios, about twelve seconds in total.
//!
//! `setup` starts servers and client, `callers` makes the calls, `scenarios` runs the scenarios, `event_counts` and
//! `counters` count, `screen` shows progress, and `report` compares the counts with the expected ones.

mod callers;
mod counters;
mod counting_transport;
mod event_counts;
mod progress_display;
mod report;
mod scenarios;
mod setup;

use std::io::Write as _;

pub(crate) use self::event_counts::EventCounter;
use self::progress_display::{OutputTarget, Screen};
use self::report::Report;
use self::setup::Setup;
use crate::failure::{self, Failure, Kind, local};
use crate::standard_output;

/// Runs the demonstration; with `json` it ends with the counters as JSON.
pub(crate) async fn run(json: bool, events: EventCounter) -> Result<(), Failure> {
    let setup = Setup::start(events).map_err(|error| local("cannot start the demonstration's servers", error))?;
    let target = match (json, standard_output::is_interactive()) {
        (true, _) => OutputTarget::StandardError,
        (false, true) => OutputTarget::Terminal,
        (false, false) => OutputTarget::StandardOutput,
    };
    let screen = Screen::open(target, &setup);
    screen.line(&format!(
        "Authorization server at {}, API at {}; both run in this process.",
        setup.token_url(),
        setup.api_url()
    ));
    screen.line(&format!(
        "Tokens are valid for {:.0} s and renewed after {:.1} s (typical: 1 hour, renewed after 75%).",
        setup::LIFETIME.as_secs_f64(),
        setup::LIFETIME.as_secs_f64() * setup::RENEW_AFTER
    ));
    let report = scenarios::run(&setup, &screen).await;
    screen.close().await;
    print(&report, json)
}

fn print(report: &Report, json: bool) -> Result<(), Failure> {
    let violations = report.violations();
    let summary = report.summary();
    if json {
        let mut stderr = std::io::stderr().lock();
        // Errors are ignored: the JSON object below has the same counts.
        let _ = writeln!(stderr, "{summary}");
    } else {
        standard_output::line(&summary)?;
    }
    for line in &violations {
        failure::warn(&format!("unexpected result: {line}"));
    }
    if json {
        standard_output::line(&report.to_json())?;
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Failure::Reported(Kind::Rejected as u8))
    }
}
