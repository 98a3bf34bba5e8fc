//! A Redis master with replicas and Sentinels.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use supervisor::wait_until;

use super::Redis;
use super::redis::RedisBuilder;
use super::redis_process::{Data, EngineOptions, Node, Role};
use super::redis_protocol::Reply;

/// A master, two replicas and three Sentinels. Dropping the group ends them.
#[derive(Debug)]
pub struct RedisSentinel {
    sentinels: Vec<Node>,
    servers: Vec<Node>,
    options: Arc<EngineOptions>,
}

/// The name of the group in the Sentinels' configuration.
const SERVICE: &str = "evergrant";
const REPLICAS: usize = 2;
const SENTINELS: usize = 3;
const LIMIT: Duration = Duration::from_secs(30);

impl RedisSentinel {
    /// Starts a group without a password.
    ///
    /// # Errors
    /// The program is missing; the error has the command that installs it. Or the servers do not start or do not find
    /// each other.
    pub fn start() -> Result<Self> {
        Self::builder().start_sentinel()
    }

    /// Returns a builder. A password applies to the Sentinels too.
    pub fn builder() -> RedisBuilder {
        Redis::builder()
    }

    pub(super) fn start_with(options: Arc<EngineOptions>) -> Result<Self> {
        let master = Node::start(&options, Role::Server, &[])?;
        let replica = format!("replicaof 127.0.0.1 {}", master.port);
        let mut watch = vec![
            format!("sentinel monitor {SERVICE} 127.0.0.1 {} 2", master.port),
            format!("sentinel down-after-milliseconds {SERVICE} 500"),
            format!("sentinel failover-timeout {SERVICE} 3000"),
        ];
        watch.extend(
            options
                .password
                .iter()
                .map(|password| format!("sentinel auth-pass {SERVICE} {password}")),
        );
        let mut servers = vec![master];
        for _ in 0..REPLICAS {
            servers.push(Node::start(&options, Role::Server, std::slice::from_ref(&replica))?);
        }
        let sentinels = (0..SENTINELS).map(|_| Node::start(&options, Role::Sentinel, &watch));
        let group = Self {
            sentinels: sentinels.collect::<Result<_>>()?,
            servers,
            options,
        };
        group.ready()?;
        Ok(group)
    }

    /// Returns the URL, `redis+sentinel://…`, with all Sentinels.
    #[must_use]
    pub fn url(&self) -> String {
        let ports = self.sentinels.iter().map(|node| node.port);
        self.options.url("+sentinel", ports, &format!("/{SERVICE}/0"))
    }

    /// Kills the master (`SIGKILL`). A replica replaces it later.
    ///
    /// # Errors
    /// The Sentinels do not respond.
    pub fn kill_master(&mut self) -> Result<()> {
        let index = self.master()?;
        self.servers[index].kill();
        Ok(())
    }

    /// Stops the master (`SIGSTOP`). A replica replaces it later.
    ///
    /// # Errors
    /// The Sentinels do not respond.
    pub fn pause_master(&self) -> Result<()> {
        self.servers[self.master()?].pause();
        Ok(())
    }

    /// Starts a manual failover and waits until a replica and the master have exchanged roles.
    ///
    /// # Errors
    /// The Sentinels do not respond or reject the failover.
    pub fn failover(&self) -> Result<()> {
        let before = self.master()?;
        self.sentinels[0].command(&["SENTINEL", "FAILOVER", SERVICE])?;
        wait_until("a failover", LIMIT, || {
            let now = self.master().ok().filter(|now| *now != before);
            let demoted = self.servers[before].info(&["INFO", "replication"], "role");
            Ok(now.filter(|_| demoted.is_ok_and(|role| role == "slave")))
        })?;
        Ok(())
    }

    /// Starts the killed servers with all their records, and waits until the Sentinels have found them.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart(&mut self) -> Result<()> {
        let nodes = self.servers.iter_mut().chain(&mut self.sentinels);
        for node in nodes.filter(|node| !node.is_running()) {
            node.restart(Data::Keep)?;
        }
        self.ready()
    }

    /// Stops all servers and Sentinels (`SIGSTOP`).
    pub fn pause(&self) {
        self.servers.iter().chain(&self.sentinels).for_each(Node::pause);
    }

    /// Lets all stopped servers and Sentinels continue, including a stopped master.
    pub fn resume(&self) {
        self.servers.iter().chain(&self.sentinels).for_each(Node::resume);
    }

    /// Kills all servers and Sentinels (`SIGKILL`).
    pub fn kill(&mut self) {
        self.servers.iter_mut().chain(&mut self.sentinels).for_each(Node::kill);
    }

    /// Removes all records.
    ///
    /// # Errors
    /// The master does not respond.
    pub fn flush(&self) -> Result<()> {
        self.command(&["FLUSHALL"]).map(|_| ())
    }

    /// Runs a command on the master as an administrator.
    ///
    /// # Errors
    /// The master replies with an error or does not respond.
    pub fn command(&self, command: &[&str]) -> Result<Reply> {
        self.servers[self.master()?].command(command)
    }

    /// Waits until each Sentinel has found the others and all replicas, and the replicas are in sync with the master.
    fn ready(&self) -> Result<()> {
        wait_until("the Sentinels to find each other and the replicas", LIMIT, || {
            let all = self
                .sentinels
                .iter()
                .all(|sentinel| is_complete(sentinel).unwrap_or(false));
            let linked = self.servers.iter().filter(|server| {
                let link = server.info(&["INFO", "replication"], "master_link_status");
                link.is_ok_and(|status| status == "up")
            });
            Ok((all && linked.count() == REPLICAS).then_some(()))
        })
    }

    /// Returns the index of the server that is the master according to the Sentinels.
    fn master(&self) -> Result<usize> {
        let sentinel = self.sentinels.iter().find(|sentinel| sentinel.is_running());
        let sentinel = sentinel.context("no Sentinel runs")?;
        let address = sentinel.command(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE])?;
        let port = address.list().get(1).map(|port| port.text().to_owned());
        let is_master = |server: &Node| Some(server.port.to_string()) == port;
        self.servers
            .iter()
            .position(is_master)
            .context("the Sentinels know no master")
    }
}

fn is_complete(sentinel: &Node) -> Result<bool> {
    let master = sentinel.command(&["SENTINEL", "MASTER", SERVICE])?;
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
    fn a_replica_replaces_a_killed_master() {
        let mut group = RedisSentinel::start().unwrap();
        group.command(&["SET", "name", "value"]).unwrap();
        assert_eq!(group.command(&["WAIT", "2", "1000"]).unwrap(), Reply::Number(2));
        let before = group.master().unwrap();
        group.kill_master().unwrap();
        wait_until("a failover", LIMIT, || {
            Ok(group.master().ok().filter(|now| *now != before))
        })
        .unwrap();
        assert_eq!(group.command(&["GET", "name"]).unwrap().text(), "value");
        group.restart().unwrap();
        group.failover().unwrap();
        assert_eq!(group.command(&["GET", "name"]).unwrap().text(), "value");
    }
}
