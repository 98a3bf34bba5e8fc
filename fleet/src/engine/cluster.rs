//! Redis Cluster: three masters, and a replica for each.

mod moving;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

pub use self::moving::SlotMove;
use super::node::{Common, Data, Node, Role};
use super::redis::RedisBuilder;
use super::resp::Reply;
use super::{Redis, wait};

/// A cluster of six servers; dropping it ends them.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Node>,
    common: Arc<Common>,
}

const MASTERS: usize = 3;
const SLOTS: usize = 16_384;
const LIMIT: Duration = Duration::from_secs(30);

impl RedisCluster {
    /// A cluster without a password.
    ///
    /// # Errors
    /// A missing program, with the line that installs it; servers that do not start, or do not find each other.
    pub fn start() -> Result<Self> {
        Self::builder().start_cluster()
    }

    /// What the servers are to be like.
    pub fn builder() -> RedisBuilder {
        Redis::builder()
    }

    pub(super) fn with(common: Arc<Common>) -> Result<Self> {
        // A dead master is replaced after a second or two.
        let config = ["cluster-node-timeout 1000", "cluster-replica-validity-factor 0"].map(str::to_owned);
        let nodes = (0..2 * MASTERS).map(|_| Node::start(&common, Role::ClusterNode, &config));
        let nodes: Vec<Node> = nodes.collect::<Result<_>>()?;
        let cluster = Self { nodes, common };
        cluster.join()?;
        cluster.ready()?;
        Ok(cluster)
    }

    /// `redis+cluster://…`, naming all servers.
    #[must_use]
    pub fn url(&self) -> String {
        self.common.url("+cluster", self.nodes.iter().map(|node| node.port), "")
    }

    /// Ends the master that has this key (`SIGKILL`); its replica takes its place after a while.
    ///
    /// # Errors
    /// A cluster that does not answer.
    pub fn kill_master_of(&mut self, key: &str) -> Result<()> {
        let index = self.master_of(key)?;
        self.nodes[index].kill();
        Ok(())
    }

    /// Has a replica and the master of this key change places, both being well, and waits until they have.
    ///
    /// # Errors
    /// A cluster that does not answer, or has no replica for it.
    pub fn failover_of(&mut self, key: &str) -> Result<()> {
        let master = self.id(self.master_of(key)?)?;
        let replica = self.running().find(|node| {
            let own = node.info(&["INFO", "replication"], "role");
            let of = node.ask(&["CLUSTER", "NODES"]).map(|nodes| {
                let lines = nodes.text().lines().find(|line| line.contains("myself"));
                lines.is_some_and(|line| line.contains(&master))
            });
            own.is_ok_and(|role| role == "slave") && of.unwrap_or(false)
        });
        replica.context("there is no replica")?.ask(&["CLUSTER", "FAILOVER"])?;
        wait::until("a failover", LIMIT, || {
            let now = self.master_of(key).and_then(|index| self.id(index));
            Ok(now.ok().filter(|now| *now != master))
        })?;
        Ok(())
    }

    /// Starts what was killed, with all its records, and waits until the cluster is whole.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart(&mut self) -> Result<()> {
        for node in self.nodes.iter_mut().filter(|node| !node.is_running()) {
            node.restart(Data::Kept)?;
        }
        self.ready()
    }

    /// Stops all servers in their tracks (`SIGSTOP`).
    pub fn pause(&self) {
        self.nodes.iter().for_each(Node::pause);
    }

    /// Lets them go on.
    pub fn resume(&self) {
        self.nodes.iter().for_each(Node::resume);
    }

    /// Ends all servers at once (`SIGKILL`).
    pub fn kill(&mut self) {
        self.nodes.iter_mut().for_each(Node::kill);
    }

    /// Removes all records.
    ///
    /// # Errors
    /// A server that does not answer.
    pub fn flush(&self) -> Result<()> {
        for node in self.running() {
            if node.info(&["INFO", "replication"], "role")? == "master" {
                node.ask(&["FLUSHALL"])?;
            }
        }
        Ok(())
    }

    /// Runs a command as an administrator at the master of this key.
    ///
    /// # Errors
    /// What the server says against it.
    pub fn ask(&self, key: &str, command: &[&str]) -> Result<Reply> {
        self.nodes[self.master_of(key)?].ask(command)
    }

    /// Makes one cluster of the servers.
    fn join(&self) -> Result<()> {
        let ids: Vec<String> = (0..self.nodes.len())
            .map(|index| self.id(index))
            .collect::<Result<_>>()?;
        // Before any of them knows another one.
        for (index, node) in self.nodes.iter().enumerate() {
            let epoch = (index + 1).to_string();
            node.ask(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch])?;
            if index < MASTERS {
                let (first, last) = (SLOTS * index / MASTERS, SLOTS * (index + 1) / MASTERS - 1);
                node.ask(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()])?;
            }
        }
        for (index, node) in self.nodes.iter().enumerate() {
            for other in self.nodes.iter().skip(index + 1) {
                let (port, bus_port) = (other.port.to_string(), other.bus_port.to_string());
                node.ask(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus_port])?;
            }
        }
        for (replica, master) in self.nodes[MASTERS..].iter().zip(&ids) {
            // It does not know the master until the two have met.
            wait::until("servers that meet", LIMIT, || {
                Ok(replica.ask(&["CLUSTER", "REPLICATE", master]).ok())
            })?;
        }
        Ok(())
    }

    /// Waits until every server finds every slot served, by a master and a replica that has its records.
    fn ready(&self) -> Result<()> {
        wait::until("a cluster that is whole", LIMIT, || {
            let whole = |node: &Node| -> Result<bool> {
                let slots = node.ask(&["CLUSTER", "SLOTS"])?;
                let replication = ["INFO", "replication"];
                Ok(node.info(&["CLUSTER", "INFO"], "cluster_state")? == "ok"
                    // A range, its master, its replica.
                    && slots.list().iter().all(|range| range.list().len() == 4)
                    && (node.info(&replication, "role")? == "master"
                        || node.info(&replication, "master_link_status")? == "up"))
            };
            let all = self.running().all(|node| whole(node).unwrap_or(false));
            Ok(all.then_some(()))
        })
    }

    fn running(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.is_running())
    }

    fn id(&self, index: usize) -> Result<String> {
        Ok(self.nodes[index].ask(&["CLUSTER", "MYID"])?.text().to_owned())
    }

    /// Which of the servers serves this key.
    fn master_of(&self, key: &str) -> Result<usize> {
        let node = self.running().next().context("no server of the cluster runs")?;
        let slot = node.ask(&["CLUSTER", "KEYSLOT", key])?.number();
        let slots = node.ask(&["CLUSTER", "SLOTS"])?;
        let range = slots.list().iter().find(|range| {
            let bounds = range.list();
            bounds[0].number() <= slot && slot <= bounds[1].number()
        });
        let range = range.context("nobody serves the key's slot")?;
        // Address, port, id.
        let id = range.list()[2].list()[2].text();
        let known = |index: &usize| self.nodes[*index].is_running() && self.id(*index).is_ok_and(|own| own == id);
        (0..self.nodes.len())
            .find(known)
            .context("the key's master does not run")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_takes_the_place_of_a_killed_master() {
        let mut cluster = RedisCluster::start().unwrap();
        cluster.ask("name", &["SET", "name", "value"]).unwrap();
        assert_eq!(cluster.ask("name", &["WAIT", "1", "1000"]).unwrap(), Reply::Number(1));
        cluster.kill_master_of("name").unwrap();
        let found = wait::until("a failover", LIMIT, || {
            Ok(cluster
                .ask("name", &["GET", "name"])
                .ok()
                .filter(|reply| *reply != Reply::Nil))
        });
        assert_eq!(found.unwrap().text(), "value");
        cluster.restart().unwrap();
        cluster.failover_of("name").unwrap();
        assert_eq!(cluster.ask("name", &["GET", "name"]).unwrap().text(), "value");
        cluster.flush().unwrap();
        assert_eq!(cluster.ask("name", &["GET", "name"]).unwrap(), Reply::Nil);
    }
}
