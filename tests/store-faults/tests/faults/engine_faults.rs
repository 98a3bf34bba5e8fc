//! The engine dies, hangs, loses its records or its connections. The processes continue without it, and share tokens
//! again when it is back.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::support::{Engine, EngineKind, Fixture, MAX_WAIT, TIMEOUT, keys, run_cases, seconds};

const LIFETIME: Duration = seconds(12);
/// Almost the lifetime of a token, so that processes have to fetch without the store.
const OUTAGE: Duration = seconds(10);
const PROCESSES: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EngineFault {
    Killed,
    KilledAndEmpty,
    Restarted,
    Paused,
    Flushed,
    Disconnected,
}

impl EngineFault {
    fn inject(self, engine: &mut Engine) {
        match self {
            Self::Killed | Self::KilledAndEmpty => {
                engine.kill();
                thread::sleep(OUTAGE);
                engine.restart();
                if self == Self::KilledAndEmpty {
                    engine.flush();
                }
            }
            Self::Restarted => {
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

    /// Returns the maximum number of extra requests.
    fn max_extra_requests(self) -> usize {
        match self {
            // Each process fetches for itself once in a token's lifetime, and the outage is shorter than that.
            Self::Killed | Self::KilledAndEmpty | Self::Paused => PROCESSES,
            // The process that is about to save a token cannot save it, or its lease is lost.
            Self::Restarted | Self::Disconnected | Self::Flushed => 1,
        }
    }
}

fn run_engine_faults(kind: EngineKind, faults: &[EngineFault]) {
    let keys = keys();
    run_cases(faults, |fault| {
        let mut engine = kind.start();
        let mut fixture = Fixture::new(&engine.url(), LIFETIME, |settings| {
            settings.keys = keys.clone();
        });
        fixture.fleet.start_all(PROCESSES)?;
        fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial >= 2)?;
        fault.inject(&mut engine);
        check_recovery(&mut fixture, *fault)
    });
}

/// Checks that all processes share one token again, and then renew it with one request each time.
fn check_recovery(fixture: &mut Fixture, fault: EngineFault) -> Result<()> {
    let before = fixture.newest_serial();
    let shared = fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > before)?;
    let first = fixture.server.requests().len();
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > shared)?;
    fixture
        .fleet
        .wait_for_one_token(TIMEOUT, |serial| serial > shared + 1)?;
    fixture.fleet.finish()?;
    let report = fixture.report();
    report.check_calls(MAX_WAIT)?;
    report.check_no_lost_updates()?;
    report.check_extra_requests(fault.max_extra_requests(), fixture.share(0.62))?;
    report.check_request_spacing(fixture.share(0.6))?;
    report.skip_requests(first).check_extra_requests(0, fixture.share(0.62))
}

#[test]
fn redis() {
    use EngineFault::{Disconnected, Flushed, Killed, KilledAndEmpty, Paused, Restarted};
    run_engine_faults(
        EngineKind::Redis,
        &[Killed, KilledAndEmpty, Restarted, Paused, Flushed, Disconnected],
    );
}

#[test]
fn postgres() {
    use EngineFault::{Disconnected, Flushed, Killed, KilledAndEmpty, Paused, Restarted};
    run_engine_faults(
        EngineKind::Postgres,
        &[Killed, KilledAndEmpty, Restarted, Paused, Flushed, Disconnected],
    );
}

#[test]
fn file() {
    use EngineFault::{Flushed, Killed, KilledAndEmpty, Paused, Restarted};
    run_engine_faults(EngineKind::File, &[Killed, KilledAndEmpty, Restarted, Paused, Flushed]);
}
