//! One Redis server, and the builder of everything that is made of Redis servers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use interop::Authority;

use super::node::{Common, Data, Node, Role};
use super::process::program;
use super::resp::Reply;
use super::{RedisCluster, RedisSentinel, valkey};

/// A Redis server that keeps its records on disk; dropping it ends it.
#[derive(Debug)]
pub struct Redis {
    node: Node,
    common: Arc<Common>,
}

/// What a server, a cluster or a group with Sentinels is to be like.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is started"]
pub struct RedisBuilder {
    program: Program,
    password: Option<String>,
    encryption: Encryption,
    config: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Program {
    #[default]
    Redis,
    Valkey,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Encryption {
    #[default]
    None,
    Tls,
}

impl Redis {
    /// A server without a password.
    ///
    /// # Errors
    /// A missing program, with the line that installs it; one that does not start, with the end of its log.
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// What the server is to be like.
    pub fn builder() -> RedisBuilder {
        RedisBuilder::default()
    }

    /// `redis://…`, with the password and the authority's certificate, if there are any.
    #[must_use]
    pub fn url(&self) -> String {
        self.common.url("", [self.node.port], "/0")
    }

    /// The port on `127.0.0.1`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.node.port
    }

    /// Stops it in its tracks (`SIGSTOP`): it answers nothing, and its connections stay.
    pub fn pause(&self) {
        self.node.pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.node.resume();
    }

    /// Ends it at once (`SIGKILL`).
    pub fn kill(&mut self) {
        self.node.kill();
    }

    /// Starts it again on the same port, with all its records; a running one is killed before.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart(&mut self) -> Result<()> {
        self.node.restart(Data::Kept)
    }

    /// As [`restart`](Self::restart), with no record left.
    ///
    /// # Errors
    /// As there.
    pub fn restart_empty(&mut self) -> Result<()> {
        self.node.restart(Data::Lost)
    }

    /// Removes all records.
    ///
    /// # Errors
    /// A server that does not answer.
    pub fn flush(&self) -> Result<()> {
        self.ask(&["FLUSHALL"]).map(|_| ())
    }

    /// Runs a command as an administrator, past the network.
    ///
    /// # Errors
    /// What the server says against it.
    pub fn ask(&self, command: &[&str]) -> Result<Reply> {
        self.node.ask(command)
    }
}

impl RedisBuilder {
    /// The password of the default user, without characters that a URL or a configuration would have to quote.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Reached through TLS alone, with a certificate by an authority of its own.
    pub fn tls(mut self) -> Self {
        self.encryption = Encryption::Tls;
        self
    }

    /// Valkey instead of Redis; it is installed first where it is missing, and has no TLS then.
    pub fn valkey(mut self) -> Self {
        self.program = Program::Valkey;
        self
    }

    /// A line of the servers' configuration.
    pub fn config(mut self, line: impl Into<String>) -> Self {
        self.config.push(line.into());
        self
    }

    /// Starts one server.
    ///
    /// # Errors
    /// A missing program, with the line that installs it; one that does not start, with the end of its log.
    pub fn start(self) -> Result<Redis> {
        let common = self.common()?;
        let node = Node::start(&common, Role::Server, &[])?;
        Ok(Redis { node, common })
    }

    /// Starts a cluster.
    ///
    /// # Errors
    /// As for [`start`](Self::start), and one that does not come about.
    pub fn start_cluster(self) -> Result<RedisCluster> {
        RedisCluster::with(self.common()?)
    }

    /// Starts a master with replicas and Sentinels.
    ///
    /// # Errors
    /// As for [`start`](Self::start), and Sentinels that do not find each other.
    pub fn start_sentinel(self) -> Result<RedisSentinel> {
        RedisSentinel::with(self.common()?)
    }

    fn common(self) -> Result<Arc<Common>> {
        let (program, scheme) = match self.program {
            Program::Redis => (redis_server()?, "redis"),
            Program::Valkey => (valkey::server()?, "valkey"),
        };
        let authority = match self.encryption {
            Encryption::None => None,
            Encryption::Tls => Some(Authority::new()?),
        };
        Ok(Arc::new(Common {
            program,
            scheme,
            password: self.password,
            authority,
            config: self.config,
        }))
    }
}

pub(super) fn redis_server() -> Result<PathBuf> {
    program("redis-server", &[Path::new("/usr/bin")], "redis-server")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_outlive_a_kill_and_are_gone_when_asked_for() {
        let mut redis = Redis::start().unwrap();
        redis.ask(&["SET", "name", "value"]).unwrap();
        redis.kill();
        assert!(redis.ask(&["PING"]).is_err());
        redis.restart().unwrap();
        assert_eq!(redis.ask(&["GET", "name"]).unwrap(), Reply::Text("value".to_owned()));
        redis.flush().unwrap();
        assert_eq!(redis.ask(&["GET", "name"]).unwrap(), Reply::Nil);
        redis.ask(&["SET", "name", "value"]).unwrap();
        redis.restart_empty().unwrap();
        assert_eq!(redis.ask(&["GET", "name"]).unwrap(), Reply::Nil);
    }

    #[test]
    fn a_paused_server_answers_when_it_is_resumed() {
        let redis = Redis::builder().password("not-a-real-secret").start().unwrap();
        redis.pause();
        assert!(redis.ask(&["PING"]).is_err());
        redis.resume();
        assert_eq!(redis.ask(&["PING"]).unwrap().text(), "PONG");
        assert_eq!(
            redis.url(),
            format!("redis://:not-a-real-secret@127.0.0.1:{}/0", redis.port())
        );
    }

    #[test]
    fn a_configuration_that_makes_no_sense_is_an_error_with_the_log() {
        let error = Redis::builder().config("no-such-setting yes").start().unwrap_err();
        assert!(format!("{error:#}").contains("no-such-setting"), "{error:#}");
    }
}
