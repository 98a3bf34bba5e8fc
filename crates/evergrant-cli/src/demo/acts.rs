//! The four acts. Each waits for what it shows to happen, never for a time in which it should have.

use std::time::Duration;

use super::screen::Screen;
use super::stage::Stage;
use super::story::Story;

/// How many call at once when there is no token.
pub(super) const CROWD: usize = 100;

/// How often an act looks whether it has come to its end, and for how long at most.
const LOOK: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(20);

/// How much of a token's life is left when the outage ends.
const RESCUE: Duration = Duration::from_millis(1200);

pub(super) async fn play(stage: &Stage, screen: &Screen) -> Story {
    let journal = || stage.journal.entries();
    let tally = stage.tally();

    screen.act("Cold start");
    stage.caller.crowd(CROWD).await;
    screen.say(&format!(
        "{CROWD} callers and no token: {} token request.",
        tally.requests_sent()
    ));

    screen.act("Steady calls");
    let callers = stage.caller.steadily();
    tally.set_steady(true);
    let start = journal().renewals;
    until(|| journal().renewals >= start + 3).await;
    tally.set_steady(false);
    screen.say(&format!(
        "{} calls over {} renewals; {} of them waited for a token, the slowest had its header after {} µs.",
        tally.calls(),
        journal().renewals - start,
        tally.waited(),
        tally.slowest_micros()
    ));

    screen.act("A revoked token");
    stage.auth.revoke_all();
    until(|| journal().recoveries > 0 && journal().replays > 0).await;
    screen.say(&format!(
        "The API answers 401, one token is fetched, and {} refused calls are repeated: nobody notices.",
        journal().replays
    ));

    screen.act("An outage of the authorization server");
    // From a fresh token on, so that the outage outlasts the time to its renewal.
    let fresh = journal().renewals;
    until(|| journal().renewals > fresh).await;
    stage.auth.stop();
    tally.set_outage(true);
    screen.say("The authorization server is down: it refuses connections.");
    let failures = journal().failures;
    until(|| journal().failures >= failures + 2 || nearly_expired(stage)).await;
    screen.say(&format!(
        "{} renewals have failed; {} calls were served in the meantime.",
        journal().failures - failures,
        tally.outage_served()
    ));
    until(|| nearly_expired(stage)).await;
    tally.set_outage(false);
    stage.auth.restart();
    screen.say("The authorization server is back.");
    let renewed = journal().renewals;
    until(|| journal().renewals > renewed).await;
    screen.say("Renewed, in the background as before.");
    until(|| journal().renewals > renewed + 1).await;
    screen.say("And once more.");

    callers.stop().await;
    // A renewal that has just been started is counted whole.
    until(|| !stage.tokens().status().fetching).await;
    Story::of(stage)
}

fn nearly_expired(stage: &Stage) -> bool {
    stage.tokens().status().valid_for.is_none_or(|left| left <= RESCUE)
}

async fn until(mut condition: impl FnMut() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(LOOK).await;
        }
    };
    // What has not come by then is missing from the story, which says so.
    let _ = tokio::time::timeout(PATIENCE, wait).await;
}
