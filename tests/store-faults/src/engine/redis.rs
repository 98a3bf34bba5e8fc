//! A Redis server, and the builder of servers, clusters and Sentinel groups.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use interop::Authority;
use supervisor::find_program;

use super::redis_process::{Data, EngineOptions, Node, Role};
use super::redis_protocol::Reply;
use super::{RedisCluster, RedisSentinel, install_valkey};

/// A Redis server that writes its records to disk. Dropping it ends the server.
#[derive(Debug)]
pub struct Redis {
    node: Node,
    options: Arc<EngineOptions>,
}

/// Options of a server, a cluster or a Sentinel group.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is started"]
pub struct RedisBuilder {
    program: Program,
    password: Option<String>,
    tls: bool,
    config: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Program {
    #[default]
    Redis,
    Valkey,
}

impl Redis {
    /// Starts a server without a password.
    ///
    /// # Errors
    /// The program is missing; the error has the command that installs it. Or it does not start; the error has the end
    /// of its log.
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// Returns a builder.
    pub fn builder() -> RedisBuilder {
        RedisBuilder::default()
    }

    /// Returns the URL, `redis://…`, with the password and the CA certificate, if any.
    #[must_use]
    pub fn url(&self) -> String {
        self.options.url("", [self.node.port], "/0")
    }

    /// Returns the port on `127.0.0.1`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.node.port
    }

    /// Stops the server (`SIGSTOP`): it does not respond, and its connections stay open.
    pub fn pause(&self) {
        self.node.pause();
    }

    /// Lets a stopped server continue.
    pub fn resume(&self) {
        self.node.resume();
    }

    /// Kills the server (`SIGKILL`).
    pub fn kill(&mut self) {
        self.node.kill();
    }

    /// Starts the server again on the same port with all its records. A running server is killed first.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart(&mut self) -> Result<()> {
        self.node.restart(Data::Keep)
    }

    /// Like [`restart`](Self::restart), but without the records.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn restart_empty(&mut self) -> Result<()> {
        self.node.restart(Data::Discard)
    }

    /// Removes all records.
    ///
    /// # Errors
    /// The server does not respond.
    pub fn flush(&self) -> Result<()> {
        self.command(&["FLUSHALL"]).map(|_| ())
    }

    /// Runs a command as an administrator through the Unix socket.
    ///
    /// # Errors
    /// The server replies with an error or does not respond.
    pub fn command(&self, command: &[&str]) -> Result<Reply> {
        self.node.command(command)
    }
}

impl RedisBuilder {
    /// Sets the password of the default user. It must not need quoting in a URL or a configuration file.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Accepts TLS connections only, with a certificate of a new CA.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Uses Valkey instead of Redis. Valkey is installed if it is missing; that build has no TLS.
    pub fn valkey(mut self) -> Self {
        self.program = Program::Valkey;
        self
    }

    /// Adds a line to the configuration of the servers.
    pub fn config(mut self, line: impl Into<String>) -> Self {
        self.config.push(line.into());
        self
    }

    /// Starts one server.
    ///
    /// # Errors
    /// The program is missing; the error has the command that installs it. Or it does not start; the error has the end
    /// of its log.
    pub fn start(self) -> Result<Redis> {
        let options = self.options()?;
        let node = Node::start(&options, Role::Server, &[])?;
        Ok(Redis { node, options })
    }

    /// Starts a cluster.
    ///
    /// # Errors
    /// As for [`start`](Self::start), or the servers do not form a cluster.
    pub fn start_cluster(self) -> Result<RedisCluster> {
        RedisCluster::start_with(self.options()?)
    }

    /// Starts a master with replicas and Sentinels.
    ///
    /// # Errors
    /// As for [`start`](Self::start), or the Sentinels do not find each other.
    pub fn start_sentinel(self) -> Result<RedisSentinel> {
        RedisSentinel::start_with(self.options()?)
    }

    fn options(self) -> Result<Arc<EngineOptions>> {
        let (program, scheme) = match self.program {
            Program::Redis => (redis_server()?, "redis"),
            Program::Valkey => (install_valkey::server()?, "valkey"),
        };
        Ok(Arc::new(EngineOptions {
            program,
            scheme,
            password: self.password,
            authority: self.tls.then(Authority::new).transpose()?,
            config: self.config,
        }))
    }
}

pub(super) fn redis_server() -> Result<PathBuf> {
    find_program("redis-server", &[Path::new("/usr/bin")], "redis-server")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_survive_a_kill_unless_they_are_flushed() {
        let mut redis = Redis::start().unwrap();
        redis.command(&["SET", "name", "value"]).unwrap();
        redis.kill();
        assert!(redis.command(&["PING"]).is_err());
        redis.restart().unwrap();
        assert_eq!(
            redis.command(&["GET", "name"]).unwrap(),
            Reply::Text("value".to_owned())
        );
        redis.flush().unwrap();
        assert_eq!(redis.command(&["GET", "name"]).unwrap(), Reply::Nil);
        redis.command(&["SET", "name", "value"]).unwrap();
        redis.restart_empty().unwrap();
        assert_eq!(redis.command(&["GET", "name"]).unwrap(), Reply::Nil);
    }

    #[test]
    fn a_paused_server_responds_after_it_is_resumed() {
        let redis = Redis::builder().password("not-a-real-secret").start().unwrap();
        redis.pause();
        assert!(redis.command(&["PING"]).is_err());
        redis.resume();
        assert_eq!(redis.command(&["PING"]).unwrap().text(), "PONG");
        assert_eq!(
            redis.url(),
            format!("redis://:not-a-real-secret@127.0.0.1:{}/0", redis.port())
        );
    }

    #[test]
    fn an_invalid_configuration_is_an_error_with_the_log() {
        let error = Redis::builder().config("no-such-setting yes").start().unwrap_err();
        assert!(format!("{error:#}").contains("no-such-setting"), "{error:#}");
    }
}
