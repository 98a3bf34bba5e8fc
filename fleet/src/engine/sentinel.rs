//! A Redis master with replicas, and the Sentinels that watch over them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::node::{Common, Data, Node, Role};
use super::redis::RedisBuilder;
use super::resp::Reply;
use super::{Redis, wait};

/// A master, two replicas and three Sentinels; dropping it ends them.
#[derive(Debug)]
pub struct RedisSentinel {
    sentinels: Vec<Node>,
    servers: Vec<Node>,
    common: Arc<Common>,
}

/// What the Sentinels call the group.
const SERVICE: &str = "evergrant";
const REPLICAS: usize = 2;
const SENTINELS: usize = 3;
const LIMIT: Duration = Duration::from_secs(30);

impl RedisSentinel {
    /// A group without a password.
    ///
    /// # Errors
    /// A missing program, with the line that installs it; servers that do not start, or do not find each other.
    pub fn start() -> Result<Self> {
        Self::builder().start_sentinel()
    }

    /// What the servers are to be like. A password is that of the Sentinels too.
    pub fn builder() -> RedisBuilder {
        Redis::builder()
    }

    pub(super) fn with(common: Arc<Common>) -> Result<Self> {
        let master = Node::start(&common, Role::Server, &[])?;
        let replica = format!("replicaof 127.0.0.1 {}", master.port);
        let mut watch = vec![
            format!("sentinel monitor {SERVICE} 127.0.0.1 {} 2", master.port),
            format!("sentinel down-after-milliseconds {SERVICE} 500"),
            format!("sentinel failover-timeout {SERVICE} 3000"),
        ];
        watch.extend(
            common
                .password
                .iter()
                .map(|password| format!("sentinel auth-pass {SERVICE} {password}")),
        );
        let mut servers = vec![master];
        for _ in 0..REPLICAS {
            servers.push(Node::start(&common, Role::Server, std::slice::from_ref(&replica))?);
        }
        let sentinels = (0..SENTINELS).map(|_| Node::start(&common, Role::Sentinel, &watch));
        let group = Self {
            sentinels: sentinels.collect::<Result<_>>()?,
            servers,
            common,
        };
        group.ready()?;
        Ok(group)
    }

    /// `redis+sentinel://…`, naming all Sentinels.
    #[must_use]
    pub fn url(&self) -> String {
        let ports = self.sentinels.iter().map(|node| node.port);
        self.common.url("+sentinel", ports, &format!("/{SERVICE}/0"))
    }

    /// Ends the master (`SIGKILL`); a replica takes its place after a while.
    ///
    /// # Errors
    /// Sentinels that do not answer.
    pub fn kill_master(&mut self) -> Result<()> {
        let index = self.master()?;
        self.servers[index].kill();
        Ok(())
    }

    /// Stops the master in its tracks (`SIGSTOP`); a replica takes its place after a while.
    ///
    /// # Errors
    /// Sentinels that do not answer.
    pub fn pause_master(&self) -> Result<()> {
        self.servers[self.master()?].pause();
        Ok(())
    }

    /// Has a replica and the master change places, both being well, and waits until they have.
    ///
    /// # Errors
    /// Sentinels that do not answer, or refuse.
    pub fn failover(&self) -> Result<()> {
        let before = self.master()?;
        self.sentinels[0].ask(&["SENTINEL", "FAILOVER", SERVICE])?;
        wait::until("a failover", LIMIT, || {
            let now = self.master().ok().filter(|now| *now != before);
            let demoted = self.servers[before].info(&["INFO", "replication"], "role");
            Ok(now.filter(|_| demoted.is_ok_and(|role| role == "slave")))
        })?;
        Ok(())
    }

    /// Starts what was killed, with all its records, and waits until the Sentinels have found it.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart(&mut self) -> Result<()> {
        let nodes = self.servers.iter_mut().chain(&mut self.sentinels);
        for node in nodes.filter(|node| !node.is_running()) {
            node.restart(Data::Kept)?;
        }
        self.ready()
    }

    /// Stops all servers and Sentinels in their tracks (`SIGSTOP`).
    pub fn pause(&self) {
        self.servers.iter().chain(&self.sentinels).for_each(Node::pause);
    }

    /// Lets them go on, and the master too.
    pub fn resume(&self) {
        self.servers.iter().chain(&self.sentinels).for_each(Node::resume);
    }

    /// Ends all servers and Sentinels at once (`SIGKILL`).
    pub fn kill(&mut self) {
        self.servers.iter_mut().chain(&mut self.sentinels).for_each(Node::kill);
    }

    /// Removes all records.
    ///
    /// # Errors
    /// A master that does not answer.
    pub fn flush(&self) -> Result<()> {
        self.ask(&["FLUSHALL"]).map(|_| ())
    }

    /// Runs a command as an administrator at the master.
    ///
    /// # Errors
    /// What the master says against it.
    pub fn ask(&self, command: &[&str]) -> Result<Reply> {
        self.servers[self.master()?].ask(command)
    }

    /// Waits until every Sentinel has found the others and all replicas, and these have the master's records.
    fn ready(&self) -> Result<()> {
        wait::until("Sentinels that know everybody", LIMIT, || {
            let all = self
                .sentinels
                .iter()
                .all(|sentinel| knows_everybody(sentinel).unwrap_or(false));
            let linked = self.servers.iter().filter(|server| {
                let link = server.info(&["INFO", "replication"], "master_link_status");
                link.is_ok_and(|status| status == "up")
            });
            Ok((all && linked.count() == REPLICAS).then_some(()))
        })
    }

    /// Which of the servers is the master, as the Sentinels see it.
    fn master(&self) -> Result<usize> {
        let sentinel = self.sentinels.iter().find(|sentinel| sentinel.is_running());
        let sentinel = sentinel.context("no Sentinel runs")?;
        let address = sentinel.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE])?;
        let port = address.list().get(1).map(|port| port.text().to_owned());
        let is_it = |server: &Node| Some(server.port.to_string()) == port;
        self.servers
            .iter()
            .position(is_it)
            .context("the Sentinels know no master")
    }
}

fn knows_everybody(sentinel: &Node) -> Result<bool> {
    let master = sentinel.ask(&["SENTINEL", "MASTER", SERVICE])?;
    let field = |name: &str| {
        let mut pairs = master.list().chunks_exact(2);
        pairs
            .find(|pair| pair[0].text() == name)
            .map(|pair| pair[1].text().to_owned())
    };
    Ok(field("flags").as_deref() == Some("master")
        && field("num-slaves") == Some(REPLICAS.to_string())
        && field("num-other-sentinels") == Some((SENTINELS - 1).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_takes_the_place_of_a_killed_master() {
        let mut group = RedisSentinel::start().unwrap();
        group.ask(&["SET", "name", "value"]).unwrap();
        assert_eq!(group.ask(&["WAIT", "2", "1000"]).unwrap(), Reply::Number(2));
        let before = group.master().unwrap();
        group.kill_master().unwrap();
        wait::until("a failover", LIMIT, || {
            Ok(group.master().ok().filter(|now| *now != before))
        })
        .unwrap();
        assert_eq!(group.ask(&["GET", "name"]).unwrap().text(), "value");
        group.restart().unwrap();
        group.failover().unwrap();
        assert_eq!(group.ask(&["GET", "name"]).unwrap().text(), "value");
    }
}
