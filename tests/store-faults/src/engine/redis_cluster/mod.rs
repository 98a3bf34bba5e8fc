//! A Redis Cluster of three masters with one replica each.

mod slot_migration;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use supervisor::wait_until;

pub use self::slot_migration::SlotMigration;
use super::Redis;
use super::redis::RedisBuilder;
use super::redis_process::{Data, EngineOptions, Node, Role};
use super::redis_protocol::Reply;

/// A cluster of six servers. Dropping it ends them.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Node>,
    options: Arc<EngineOptions>,
}

const MASTERS: usize = 3;
const SLOTS: usize = 16_384;
const LIMIT: Duration = Duration::from_secs(30);

impl RedisCluster {
    /// Starts a cluster without a password.
    ///
    /// # Errors
    /// The program is missing; the error has the command that installs it. Or the servers do not start or do not find
    /// each other.
    pub fn start() -> Result<Self> {
        Self::builder().start_cluster()
    }

    /// Returns a builder.
    pub fn builder() -> RedisBuilder {
        Redis::builder()
    }

    pub(super) fn start_with(options: Arc<EngineOptions>) -> Result<Self> {
        // A dead master is replaced within two seconds.
        let config = ["cluster-node-timeout 1000", "cluster-replica-validity-factor 0"].map(str::to_owned);
        let nodes = (0..2 * MASTERS).map(|_| Node::start(&options, Role::ClusterNode, &config));
        let nodes: Vec<Node> = nodes.collect::<Result<_>>()?;
        let cluster = Self { nodes, options };
        cluster.join()?;
        cluster.ready()?;
        Ok(cluster)
    }

    /// Returns the URL, `redis+cluster://…`, with all servers.
    #[must_use]
    pub fn url(&self) -> String {
        self.options
            .url("+cluster", self.nodes.iter().map(|node| node.port), "")
    }

    /// Kills the master of this key (`SIGKILL`). Its replica replaces it later.
    ///
    /// # Errors
    /// The cluster does not respond.
    pub fn kill_master_of(&mut self, key: &str) -> Result<()> {
        let index = self.master_of(key)?;
        self.nodes[index].kill();
        Ok(())
    }

    /// Starts a manual failover for this key and waits until the replica and the master have exchanged roles.
    ///
    /// # Errors
    /// The cluster does not respond, or the master has no replica.
    pub fn failover_of(&mut self, key: &str) -> Result<()> {
        let master = self.id(self.master_of(key)?)?;
        let replica = self.running().find(|node| {
            let own = node.info(&["INFO", "replication"], "role");
            let of = node.command(&["CLUSTER", "NODES"]).map(|nodes| {
                let lines = nodes.text().lines().find(|line| line.contains("myself"));
                lines.is_some_and(|line| line.contains(&master))
            });
            own.is_ok_and(|role| role == "slave") && of.unwrap_or(false)
        });
        replica
            .context("there is no replica")?
            .command(&["CLUSTER", "FAILOVER"])?;
        wait_until("a failover", LIMIT, || {
            let now = self.master_of(key).and_then(|index| self.id(index));
            Ok(now.ok().filter(|now| *now != master))
        })?;
        Ok(())
    }

    /// Starts the killed servers with all their records, and waits until the cluster is complete.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart(&mut self) -> Result<()> {
        for node in self.nodes.iter_mut().filter(|node| !node.is_running()) {
            node.restart(Data::Keep)?;
        }
        self.ready()
    }

    /// Stops all servers (`SIGSTOP`).
    pub fn pause(&self) {
        self.nodes.iter().for_each(Node::pause);
    }

    /// Lets all stopped servers continue.
    pub fn resume(&self) {
        self.nodes.iter().for_each(Node::resume);
    }

    /// Kills all servers (`SIGKILL`).
    pub fn kill(&mut self) {
        self.nodes.iter_mut().for_each(Node::kill);
    }

    /// Removes all records.
    ///
    /// # Errors
    /// A server does not respond.
    pub fn flush(&self) -> Result<()> {
        for node in self.running() {
            if node.info(&["INFO", "replication"], "role")? == "master" {
                node.command(&["FLUSHALL"])?;
            }
        }
        Ok(())
    }

    /// Runs a command on the master of this key as an administrator.
    ///
    /// # Errors
    /// The server replies with an error or does not respond.
    pub fn command(&self, key: &str, command: &[&str]) -> Result<Reply> {
        self.nodes[self.master_of(key)?].command(command)
    }

    /// Connects the servers to one cluster.
    fn join(&self) -> Result<()> {
        let ids: Vec<String> = (0..self.nodes.len())
            .map(|index| self.id(index))
            .collect::<Result<_>>()?;
        // Epochs can be set only before the servers know each other.
        for (index, node) in self.nodes.iter().enumerate() {
            let epoch = (index + 1).to_string();
            node.command(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch])?;
            if index < MASTERS {
                let (first, last) = (SLOTS * index / MASTERS, SLOTS * (index + 1) / MASTERS - 1);
                node.command(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()])?;
            }
        }
        for (index, node) in self.nodes.iter().enumerate() {
            for other in self.nodes.iter().skip(index + 1) {
                let (port, bus_port) = (other.port.to_string(), other.bus_port.to_string());
                node.command(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus_port])?;
            }
        }
        for (replica, master) in self.nodes[MASTERS..].iter().zip(&ids) {
            // Fails until the replica knows the master.
            wait_until("the replica to find its master", LIMIT, || {
                Ok(replica.command(&["CLUSTER", "REPLICATE", master]).ok())
            })?;
        }
        Ok(())
    }

    /// Waits until each server knows a master and an up-to-date replica for each slot.
    fn ready(&self) -> Result<()> {
        wait_until("a complete cluster", LIMIT, || {
            let complete = |node: &Node| -> Result<bool> {
                let slots = node.command(&["CLUSTER", "SLOTS"])?;
                let replication = ["INFO", "replication"];
                Ok(node.info(&["CLUSTER", "INFO"], "cluster_state")? == "ok"
                    // First slot, last slot, master, replica.
                    && slots.list().iter().all(|range| range.list().len() == 4)
                    && (node.info(&replication, "role")? == "master"
                        || node.info(&replication, "master_link_status")? == "up"))
            };
            let all = self.running().all(|node| complete(node).unwrap_or(false));
            Ok(all.then_some(()))
        })
    }

    fn running(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.is_running())
    }

    fn id(&self, index: usize) -> Result<String> {
        Ok(self.nodes[index].command(&["CLUSTER", "MYID"])?.text().to_owned())
    }

    /// Returns the index of the server that is the master of this key.
    fn master_of(&self, key: &str) -> Result<usize> {
        let node = self.running().next().context("no server of the cluster runs")?;
        let slot = node.command(&["CLUSTER", "KEYSLOT", key])?.number();
        let slots = node.command(&["CLUSTER", "SLOTS"])?;
        let range = slots.list().iter().find(|range| {
            let bounds = range.list();
            bounds[0].number() <= slot && slot <= bounds[1].number()
        });
        let range = range.context("no server has the key's slot")?;
        // Address, port, id.
        let id = range.list()[2].list()[2].text();
        let is_master = |index: &usize| self.nodes[*index].is_running() && self.id(*index).is_ok_and(|own| own == id);
        (0..self.nodes.len())
            .find(is_master)
            .context("the key's master does not run")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_replaces_a_killed_master() {
        let mut cluster = RedisCluster::start().unwrap();
        cluster.command("name", &["SET", "name", "value"]).unwrap();
        assert_eq!(
            cluster.command("name", &["WAIT", "1", "1000"]).unwrap(),
            Reply::Number(1)
        );
        cluster.kill_master_of("name").unwrap();
        let found = wait_until("a failover", LIMIT, || {
            Ok(cluster
                .command("name", &["GET", "name"])
                .ok()
                .filter(|reply| *reply != Reply::Nil))
        });
        assert_eq!(found.unwrap().text(), "value");
        cluster.restart().unwrap();
        cluster.failover_of("name").unwrap();
        assert_eq!(cluster.command("name", &["GET", "name"]).unwrap().text(), "value");
        cluster.flush().unwrap();
        assert_eq!(cluster.command("name", &["GET", "name"]).unwrap(), Reply::Nil);
    }
}
