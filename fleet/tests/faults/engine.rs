//! The engine dies, hangs, forgets everything, loses its connections; the fleet does without it, and comes back.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::support::{Engine, Kind, MAX_WAIT, SOON, World, all_at_once, keys, seconds};

const LIFETIME: Duration = seconds(5);
/// Nearly a lifetime: whoever is to have a token has to fetch it without the store.
const OUTAGE: Duration = seconds(4);
const MEMBERS: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Killed,
    KilledAndEmpty,
    KilledForAMoment,
    Paused,
    Flushed,
    Disconnected,
}

impl Trouble {
    fn happen(self, engine: &mut Engine) {
        match self {
            Self::Killed | Self::KilledAndEmpty => {
                engine.kill();
                thread::sleep(OUTAGE);
                engine.restart();
                if self == Self::KilledAndEmpty {
                    engine.flush();
                }
            }
            Self::KilledForAMoment => {
                engine.kill();
                engine.restart();
            }
            Self::Paused => {
                engine.pause();
                thread::sleep(OUTAGE);
                engine.resume();
            }
            Self::Flushed => engine.flush(),
            Self::Disconnected => engine.disconnect_all(),
        }
    }

    /// How many requests more than one process alone would have made.
    fn bound(self) -> usize {
        match self {
            // Each member fetches for itself once in a token's lifetime, and the outage is shorter than that.
            Self::Killed | Self::KilledAndEmpty | Self::Paused => MEMBERS,
            // Whoever is about to save a token cannot, or has nothing to prove its lease with.
            Self::KilledForAMoment | Self::Disconnected | Self::Flushed => 1,
        }
    }
}

fn trouble(kind: Kind, troubles: &[Trouble]) {
    let keys = keys();
    all_at_once(troubles, |trouble| {
        let mut engine = kind.start();
        let mut world = World::new(&engine.url(), LIFETIME, |settings| {
            settings.keys = keys.clone();
            settings.lease_term = Some(seconds(1));
        });
        world.crew.start_all(MEMBERS)?;
        world.crew.wait_for_one_token(SOON, |serial| serial >= 2)?;
        trouble.happen(&mut engine);
        comes_back(&mut world, *trouble)
    });
}

/// All find together again, and go on with one request for each renewal.
fn comes_back(world: &mut World, trouble: Trouble) -> Result<()> {
    let before = world.newest_serial();
    let together = world.crew.wait_for_one_token(SOON, |serial| serial > before)?;
    let first = world.server.requests().len();
    world.crew.wait_for_one_token(SOON, |serial| serial > together)?;
    world.crew.wait_for_one_token(SOON, |serial| serial > together + 1)?;
    world.crew.finish()?;
    let evidence = world.evidence();
    evidence.all_calls_went_well(MAX_WAIT)?;
    evidence.no_update_was_lost()?;
    evidence.extra_requests_are_at_most(trouble.bound(), world.share(0.62))?;
    evidence.no_member_asked_twice_within(world.share(0.6))?;
    evidence.since(first).extra_requests_are_at_most(0, world.share(0.62))
}

#[test]
fn redis() {
    use Trouble::{Disconnected, Flushed, Killed, KilledAndEmpty, KilledForAMoment, Paused};
    trouble(
        Kind::Redis,
        &[Killed, KilledAndEmpty, KilledForAMoment, Paused, Flushed, Disconnected],
    );
}

#[test]
fn postgres() {
    use Trouble::{Disconnected, Flushed, Killed, KilledAndEmpty, KilledForAMoment, Paused};
    trouble(
        Kind::Postgres,
        &[Killed, KilledAndEmpty, KilledForAMoment, Paused, Flushed, Disconnected],
    );
}

#[test]
fn file() {
    use Trouble::{Flushed, Killed, KilledAndEmpty, KilledForAMoment, Paused};
    trouble(Kind::File, &[Killed, KilledAndEmpty, KilledForAMoment, Paused, Flushed]);
}
