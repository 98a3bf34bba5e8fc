//! What befalls the fleet while it is watched.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use fleet::crew::{Crew, Server};
use fleet::member::now;

use super::run::Watch;
use super::store::Store;
use super::{FaultKind, Options};

/// A fault on its way.
pub(super) enum Trouble {
    None,
    KillHolder { killed: usize, seen: usize },
    Store { kind: FaultKind, stage: Stage },
}

/// How far the store's absence has come. Times are since the machine started.
pub(super) enum Stage {
    /// To begin when a token is about to be renewed, so that the renewal has to do without the store.
    Coming,
    Away {
        since: Duration,
    },
    Back {
        since: Duration,
        newest: u64,
    },
    Recovered {
        after: Duration,
        requests: usize,
    },
}

/// At which share of a token's life the store goes away.
const START: f64 = 0.35;
const HOLD_LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(2);

impl Trouble {
    pub(super) fn new(kind: FaultKind, server: &Server) -> Self {
        match kind {
            FaultKind::None => Self::None,
            FaultKind::KillHolder => Self::KillHolder {
                killed: 0,
                seen: server.requests().len(),
            },
            FaultKind::PauseStore | FaultKind::KillStore => Self::Store {
                kind,
                stage: Stage::Coming,
            },
        }
    }

    /// Goes on, if it is time to. `left` is what is left of the run.
    pub(super) fn go_on(
        &mut self,
        options: &Options,
        store: &mut Store,
        server: &Server,
        crew: &mut Crew,
        watch: &Watch,
        left: Duration,
    ) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::KillHolder { killed, seen } => {
                // The one before has been made up for, and there is time to make up for this one.
                let requests = server.requests().len();
                if requests < *seen + 2 || left < options.lifetime() {
                    return Ok(());
                }
                kill_holder(server, crew, watch)?;
                *killed += 1;
                *seen = server.requests().len();
                Ok(())
            }
            Self::Store { kind, stage } => {
                let next = stage.next(*kind, options, store, server, crew, watch)?;
                if let Some(next) = next {
                    *stage = next;
                }
                Ok(())
            }
        }
    }

    pub(super) fn killed(&self) -> usize {
        match self {
            Self::KillHolder { killed, .. } => *killed,
            _ => 0,
        }
    }

    /// How many requests there may be beside the renewals that are due.
    pub(super) fn bound(&self, options: &Options) -> usize {
        match self {
            Self::None => 0,
            Self::KillHolder { killed, .. } => *killed,
            Self::Store { .. } => {
                let lifetimes = options.outage().as_secs_f64() / options.lifetime().as_secs_f64();
                options.processes as usize * lifetimes.ceil() as usize
            }
        }
    }
}

/// Holds the next request at the server, kills whoever sent it, and starts another process in its place.
fn kill_holder(server: &Server, crew: &mut Crew, watch: &Watch) -> Result<()> {
    let hold = server.auth().hold();
    let before = server.requests().len();
    let mut waited = Duration::ZERO;
    while server.requests().len() == before {
        anyhow::ensure!(waited < HOLD_LIMIT, "nobody asked for a token in {HOLD_LIMIT:?}");
        watch.check()?;
        thread::sleep(STEP);
        waited += STEP;
    }
    let holder = server.requests()[before].member.clone();
    let place = crew.place(&holder).context("a request of nobody's")?;
    crew.member(place).kill();
    hold.release();
    crew.start()?;
    watch.note(&format!("{holder} was killed while it was fetching, and replaced"));
    Ok(())
}

impl Stage {
    fn next(
        &self,
        kind: FaultKind,
        options: &Options,
        store: &mut Store,
        server: &Server,
        crew: &Crew,
        watch: &Watch,
    ) -> Result<Option<Self>> {
        let requests = server.requests();
        Ok(match self {
            Self::Coming => {
                let last = requests.last().map_or(Duration::ZERO, |request| request.at);
                // Once at least, all went as it should.
                if requests.len() < 2 || now() < last + options.lifetime().mul_f64(START) {
                    return Ok(None);
                }
                match kind {
                    FaultKind::PauseStore => store.pause()?,
                    _ => store.kill()?,
                }
                watch.note("the store is away");
                Some(Self::Away { since: now() })
            }
            Self::Away { since } if now() >= *since + options.outage() => {
                match kind {
                    FaultKind::PauseStore => store.resume(),
                    _ => store.restart()?,
                }
                watch.note("the store is back");
                let newest = server.auth().tokens_granted();
                Some(Self::Back { since: now(), newest })
            }
            Self::Back { since, newest } => {
                let mut serials: Vec<u64> = crew.alive().map(|member| member.journal().serial()).collect();
                serials.dedup();
                if serials.len() > 1 || serials[0] <= *newest {
                    return Ok(None);
                }
                watch.note("all have one token again");
                Some(Self::Recovered {
                    after: now() - *since,
                    requests: requests.len(),
                })
            }
            Self::Away { .. } | Self::Recovered { .. } => None,
        })
    }
}
