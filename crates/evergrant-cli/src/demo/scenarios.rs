//! The four scenarios. Each waits for the event that it shows, not for a fixed time.

use std::time::Duration;

use super::callers::STEADY_CALLERS;
use super::progress_display::Screen;
use super::report::Report;
use super::setup::Setup;

/// Number of callers that call at once without a token.
pub(super) const COLD_CALLERS: usize = 100;

/// Interval at which a scenario checks its end, and maximum time to wait for it.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
const TIMEOUT: Duration = Duration::from_secs(20);

/// Remaining lifetime of the token when the outage ends.
const RECOVERY_MARGIN: Duration = Duration::from_millis(1200);

pub(super) async fn run(setup: &Setup, screen: &Screen) -> Report {
    let counts = || setup.events.counts();
    let counters = setup.counters();

    screen.heading("Cold start");
    setup.caller.call_concurrently(COLD_CALLERS).await;
    screen.line(&format!(
        "{COLD_CALLERS} callers without a token: {} token request.",
        counters.requests_sent()
    ));

    screen.heading("Steady calls");
    let callers = setup.caller.start_steady();
    counters.set_steady(true);
    let start = counts().renewals;
    wait_until(|| counts().renewals >= start + 3).await;
    counters.set_steady(false);
    screen.line(&format!(
        "{} calls during {} renewals; {} waited for a token; slowest authorization: {} µs.",
        counters.calls(),
        counts().renewals - start,
        counters.waited(),
        counters.slowest_micros()
    ));

    screen.heading("A revoked token");
    // Each caller has at most one call in flight with the previous token. A token that is revoked before a call has
    // used it looks like an API that rejects new tokens, and these pause renewals.
    let calls = counters.calls();
    wait_until(|| counters.calls() >= calls + 2 * STEADY_CALLERS).await;
    setup.auth.revoke_all();
    wait_until(|| counts().recoveries > 0 && counts().replays > 0).await;
    screen.line(&format!(
        "The API returned 401; one new token was fetched, and {} rejected calls were repeated successfully.",
        counts().replays
    ));

    screen.heading("An outage of the authorization server");
    // Starts with a new token, so that its renewal falls into the outage.
    let fresh = counts().renewals;
    wait_until(|| counts().renewals > fresh).await;
    setup.auth.stop();
    counters.set_outage(true);
    screen.line("The authorization server is down (connection refused).");
    let failures = counts().failures;
    wait_until(|| counts().failures >= failures + 2 || nearly_expired(setup)).await;
    screen.line(&format!(
        "{} renewals failed; {} calls succeeded during the outage.",
        counts().failures - failures,
        counters.outage_served()
    ));
    wait_until(|| nearly_expired(setup)).await;
    counters.set_outage(false);
    setup.auth.restart();
    screen.line("The authorization server is back.");
    let renewed = counts().renewals;
    wait_until(|| counts().renewals > renewed).await;
    screen.line("Token renewed in the background.");
    wait_until(|| counts().renewals > renewed + 1).await;
    screen.line("Token renewed again.");

    callers.stop().await;
    // Waits for a renewal that has just started, so that it is counted completely.
    wait_until(|| !setup.tokens().status().fetching).await;
    Report::collect(setup)
}

fn nearly_expired(setup: &Setup) -> bool {
    setup
        .tokens()
        .status()
        .valid_for
        .is_none_or(|left| left <= RECOVERY_MARGIN)
}

async fn wait_until(mut condition: impl FnMut() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    // After a timeout, the report shows what is missing.
    let _ = tokio::time::timeout(TIMEOUT, wait).await;
}
