//! The faults injected into a fleet.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use store_faults::processes::{Fleet, Server};
use store_faults::worker::now;

use super::observed_run::Monitor;
use super::store_outage::Store;
use super::{FaultKind, Options};

/// A fault and its progress.
pub(super) enum Fault {
    None,
    KillHolder { killed: usize, seen: usize },
    Store { kind: FaultKind, stage: OutageStage },
}

/// The stages of a store outage. Times are since the start of the machine.
pub(super) enum OutageStage {
    /// Starts shortly before a renewal, so that the store is down during the renewal.
    Pending,
    Down {
        since: Duration,
    },
    Restored {
        since: Duration,
        newest: u64,
    },
    Recovered {
        after: Duration,
        requests: usize,
    },
}

/// The share of a token's lifetime after which the outage starts.
const OUTAGE_START: f64 = 0.35;
const HOLD_LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(2);

impl Fault {
    pub(super) fn new(kind: FaultKind, server: &Server) -> Self {
        match kind {
            FaultKind::None => Self::None,
            FaultKind::KillHolder => Self::KillHolder {
                killed: 0,
                seen: server.requests().len(),
            },
            FaultKind::PauseStore | FaultKind::KillStore => Self::Store {
                kind,
                stage: OutageStage::Pending,
            },
        }
    }

    /// Injects the next step of the fault when it is due. `remaining` is the remaining time of the run.
    pub(super) fn advance(
        &mut self,
        options: &Options,
        store: &mut Store,
        server: &Server,
        fleet: &mut Fleet,
        monitor: &Monitor,
        remaining: Duration,
    ) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::KillHolder { killed, seen } => {
                // After the recovery from the previous kill, and with enough time to recover from this one.
                let requests = server.requests().len();
                if requests < *seen + 2 || remaining < options.lifetime() {
                    return Ok(());
                }
                kill_holder(server, fleet, monitor)?;
                *killed += 1;
                *seen = server.requests().len();
                Ok(())
            }
            Self::Store { kind, stage } => {
                let next = stage.next(*kind, options, store, server, fleet, monitor)?;
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

    /// Returns the maximum number of requests in addition to the due renewals.
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

/// Holds the next request at the server, kills the process that sent it, and starts another process.
fn kill_holder(server: &Server, fleet: &mut Fleet, monitor: &Monitor) -> Result<()> {
    let hold = server.auth().hold();
    let before = server.requests().len();
    let mut waited = Duration::ZERO;
    while server.requests().len() == before {
        anyhow::ensure!(
            waited < HOLD_LIMIT,
            "no process sent a token request within {HOLD_LIMIT:?}"
        );
        monitor.check()?;
        thread::sleep(STEP);
        waited += STEP;
    }
    let holder = server.requests()[before].process.clone();
    let index = fleet
        .index_of(&holder)
        .context("the request is of an unknown process")?;
    fleet.process(index).kill();
    hold.release();
    fleet.start()?;
    monitor.log(&format!("{holder} was killed during a fetch and replaced"));
    Ok(())
}

impl OutageStage {
    fn next(
        &self,
        kind: FaultKind,
        options: &Options,
        store: &mut Store,
        server: &Server,
        fleet: &Fleet,
        monitor: &Monitor,
    ) -> Result<Option<Self>> {
        let requests = server.requests();
        Ok(match self {
            Self::Pending => {
                let last = requests.last().map_or(Duration::ZERO, |request| request.at);
                // After at least one renewal without a fault.
                if requests.len() < 2 || now() < last + options.lifetime().mul_f64(OUTAGE_START) {
                    return Ok(None);
                }
                match kind {
                    FaultKind::PauseStore => store.pause()?,
                    _ => store.kill()?,
                }
                monitor.log("the store is down");
                Some(Self::Down { since: now() })
            }
            Self::Down { since } if now() >= *since + options.outage() => {
                match kind {
                    FaultKind::PauseStore => store.resume(),
                    _ => store.restart()?,
                }
                monitor.log("the store is available again");
                let newest = server.auth().tokens_granted();
                Some(Self::Restored { since: now(), newest })
            }
            Self::Restored { since, newest } => {
                let mut serials: Vec<u64> = fleet.running().map(|process| process.events().serial()).collect();
                serials.dedup();
                if serials.len() > 1 || serials[0] <= *newest {
                    return Ok(None);
                }
                monitor.log("all processes have the same token again");
                Some(Self::Recovered {
                    after: now() - *since,
                    requests: requests.len(),
                })
            }
            Self::Down { .. } | Self::Recovered { .. } => None,
        })
    }
}
