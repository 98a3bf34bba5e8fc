//! Redis Cluster and Sentinel: a replica replaces a failed master.

use anyhow::Result;
use store_faults::engine::{RedisCluster, RedisSentinel};

use crate::support::{Fixture, MAX_WAIT, TIMEOUT, keys, run_cases, seconds};

const PROCESSES: usize = 5;

fn start_fleet(url: &str) -> Result<Fixture> {
    let mut fixture = Fixture::new(url, seconds(12), |settings| {
        settings.keys = keys();
    });
    fixture.fleet.start_all(PROCESSES)?;
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial >= 2)?;
    Ok(fixture)
}

/// Checks that all processes share one token again. A failover takes less than the lifetime of a token.
fn check_recovery(fixture: &mut Fixture) -> Result<()> {
    let before = fixture.newest_serial();
    let shared = fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > before)?;
    let first = fixture.server.requests().len();
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > shared)?;
    fixture.fleet.finish()?;
    let report = fixture.report();
    report.check_calls(MAX_WAIT)?;
    report.check_extra_requests(PROCESSES, fixture.share(0.62))?;
    report.check_request_spacing(fixture.share(0.6))?;
    report.skip_requests(first).check_extra_requests(0, fixture.share(0.62))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MasterFault {
    Killed,
    Paused,
    /// A manual failover while all servers run.
    ManualFailover,
}

fn cluster(fault: MasterFault) -> Result<()> {
    let mut cluster = RedisCluster::start()?;
    let mut fixture = start_fleet(&cluster.url())?;
    let key = format!("evergrant:{}", fixture.key());
    match fault {
        MasterFault::Killed => cluster.kill_master_of(&key)?,
        MasterFault::ManualFailover => cluster.failover_of(&key)?,
        MasterFault::Paused => anyhow::bail!("`RedisCluster` cannot pause a single master"),
    }
    check_recovery(&mut fixture)
}

fn sentinel(fault: MasterFault) -> Result<()> {
    let mut group = RedisSentinel::start()?;
    let mut fixture = start_fleet(&group.url())?;
    match fault {
        MasterFault::Killed => group.kill_master()?,
        MasterFault::Paused => group.pause_master()?,
        MasterFault::ManualFailover => group.failover()?,
    }
    check_recovery(&mut fixture)
}

#[test]
fn processes_recover_from_a_cluster_failover() {
    run_cases(&[MasterFault::Killed, MasterFault::ManualFailover], |fault| {
        cluster(*fault)
    });
}

#[test]
fn processes_recover_from_a_sentinel_failover() {
    run_cases(
        &[MasterFault::Killed, MasterFault::Paused, MasterFault::ManualFailover],
        |fault| sentinel(*fault),
    );
}
