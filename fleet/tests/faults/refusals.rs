//! What one process is told holds for all: by the server that it is to stay away, by the API that the token is dead.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use evergrant_testing::Answer;

use crate::support::{Kind, MAX_WAIT, SOON, World, all_at_once, keys, seconds};

const MEMBERS: usize = 6;
const LIFETIME: Duration = seconds(8);
const PAUSE: Duration = seconds(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Time {
    /// The first request of all.
    Cold,
    /// A renewal.
    Warm,
}

/// Early renewals, so that a pause ends while the token is still good.
fn world(url: &str) -> World {
    World::new(url, LIFETIME, |settings| {
        settings.keys = keys();
        settings.renew_after = Some(0.4);
    })
}

fn the_server_wants_to_be_left_alone(kind: Kind, time: Time) -> Result<()> {
    let engine = kind.start();
    let mut world = world(&engine.url());
    let auth = world.server.auth().clone();
    let busy = || Answer::new(429).header("retry-after", &PAUSE.as_secs().to_string());
    if time == Time::Cold {
        auth.next(busy());
    }
    world.crew.start_all(MEMBERS)?;
    if time == Time::Warm {
        world.crew.wait_for_one_token(SOON, |_| true)?;
        auth.next(busy());
    }
    let first = if time == Time::Warm { 2 } else { 1 };
    world.crew.wait_for_one_token(SOON, |serial| serial >= first)?;
    world.crew.finish()?;
    let evidence = world.evidence();
    let refused = evidence.requests.iter().position(|request| request.status == Some(429));
    let refused = refused.ok_or_else(|| anyhow::anyhow!("no request was refused\n{evidence:?}"))?;
    let (at, next) = (evidence.requests[refused].at, evidence.requests.get(refused + 1));
    ensure!(next.is_some_and(|next| next.at >= at + PAUSE), "too soon\n{evidence:?}");
    ensure!(evidence.requests.len() == refused + 2, "too often\n{evidence:?}");
    evidence.no_call_failed_beside_a_valid_token(world.share(0.9))?;
    evidence.no_call_waited_beyond(MAX_WAIT)?;
    evidence.no_dead_token_was_served()?;
    if time == Time::Warm {
        evidence.no_call_failed()?;
    }
    Ok(())
}

fn a_token_is_revoked(kind: Kind) -> Result<()> {
    let engine = kind.start();
    let mut world = world(&engine.url());
    world.crew.start_all(MEMBERS)?;
    let first = world.crew.wait_for_one_token(SOON, |_| true)?;
    // Apart from the look that follows a token, and from its renewal.
    thread::sleep(Duration::from_millis(500));
    let before = world.server.requests().len();
    world.server.auth().revoke_all();
    world.crew.wait_for_one_token(SOON, |serial| serial > first)?;
    let requests = world.server.requests().len() - before;
    world.crew.finish()?;
    let evidence = world.evidence();
    ensure!(requests == 1, "{requests} requests for one revoked token\n{evidence:?}");
    let again: u64 = evidence.members.iter().map(|member| member.tally.refused_again).sum();
    ensure!(again == 0, "{again} dead tokens in place of dead ones\n{evidence:?}");
    evidence.no_call_failed()?;
    evidence.no_call_waited_beyond(MAX_WAIT)?;
    evidence.no_update_was_lost()
}

#[test]
fn retry_after_holds_for_all() {
    let cases: Vec<_> = Kind::ALL
        .iter()
        .flat_map(|kind| [(*kind, Time::Cold), (*kind, Time::Warm)])
        .collect();
    all_at_once(&cases, |(kind, time)| the_server_wants_to_be_left_alone(*kind, *time));
}

#[test]
fn a_revoked_token_costs_one_request() {
    all_at_once(&Kind::ALL, |kind| a_token_is_revoked(*kind));
}
