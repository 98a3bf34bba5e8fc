//! Redis as a cluster, and with Sentinels: the master dies, and a replica takes its place.

use anyhow::Result;
use fleet::engine::{RedisCluster, RedisSentinel};

use crate::support::{MAX_WAIT, SOON, World, all_at_once, keys, seconds};

const MEMBERS: usize = 5;

fn world(url: &str) -> Result<World> {
    let mut world = World::new(url, seconds(6), |settings| {
        settings.keys = keys();
        settings.lease_term = Some(seconds(1));
    });
    world.crew.start_all(MEMBERS)?;
    world.crew.wait_for_one_token(SOON, |serial| serial >= 2)?;
    Ok(world)
}

/// What the failover takes is less than a token's lifetime.
fn found_together_again(world: &mut World) -> Result<()> {
    let before = world.newest_serial();
    let together = world.crew.wait_for_one_token(SOON, |serial| serial > before)?;
    let first = world.server.requests().len();
    world.crew.wait_for_one_token(SOON, |serial| serial > together)?;
    world.crew.finish()?;
    let evidence = world.evidence();
    evidence.all_calls_went_well(MAX_WAIT)?;
    evidence.extra_requests_are_at_most(MEMBERS, world.share(0.62))?;
    evidence.no_member_asked_twice_within(world.share(0.6))?;
    evidence.since(first).extra_requests_are_at_most(0, world.share(0.62))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Killed,
    Hanging,
    /// Asked for, with all servers being well.
    Planned,
}

fn cluster(change: Change) -> Result<()> {
    let mut cluster = RedisCluster::start()?;
    let mut world = world(&cluster.url())?;
    let key = format!("evergrant:{}", world.key());
    match change {
        Change::Killed => cluster.kill_master_of(&key)?,
        Change::Planned => cluster.failover_of(&key)?,
        Change::Hanging => anyhow::bail!("a master by itself cannot be paused"),
    }
    found_together_again(&mut world)
}

fn sentinel(change: Change) -> Result<()> {
    let mut group = RedisSentinel::start()?;
    let mut world = world(&group.url())?;
    match change {
        Change::Killed => group.kill_master()?,
        Change::Hanging => group.pause_master()?,
        Change::Planned => group.failover()?,
    }
    found_together_again(&mut world)
}

#[test]
fn a_clusters_master_is_replaced() {
    all_at_once(&[Change::Killed, Change::Planned], |change| cluster(*change));
}

#[test]
fn the_master_that_sentinels_watch_is_replaced() {
    all_at_once(&[Change::Killed, Change::Hanging, Change::Planned], |change| {
        sentinel(*change)
    });
}
