//! One Redis or Valkey process: a single server, or a member of a cluster or of a Sentinel group.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use interop::Authority;
use supervisor::{EndSignal, ServerProcess, command, free_port, retry_port_conflicts, write_private};

use super::redis_protocol::{self, Reply};

/// The options of all processes of an engine.
#[derive(Debug)]
pub(super) struct EngineOptions {
    pub(super) program: PathBuf,
    /// The scheme of the engine's URLs.
    pub(super) scheme: &'static str,
    pub(super) password: Option<String>,
    pub(super) authority: Option<Authority>,
    /// Additional lines of the configuration.
    pub(super) config: Vec<String>,
}

/// The role of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Server,
    ClusterNode,
    Sentinel,
}

/// Whether a restarted server keeps its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    Keep,
    Discard,
}

/// A process with its own folder. Dropping it ends the process.
#[derive(Debug)]
pub(super) struct Node {
    server: ServerProcess,
    options: Arc<EngineOptions>,
    role: Role,
    pub(super) port: u16,
    /// The port of the cluster bus.
    pub(super) bus_port: u16,
}

/// Configuration of servers: each record is written to disk at once, and replicas synchronize without delay and
/// acknowledge each second instead of every ten.
const SERVER: [&str; 5] = [
    "save \"\"",
    "appendonly yes",
    // By default, a server with a busy disk delays its writes, and loses them when it is killed.
    "appendfsync always",
    "repl-diskless-sync-delay 0",
    "repl-ping-replica-period 1",
];
const START_LIMIT: Duration = Duration::from_secs(20);
/// The servers have nothing to clean up.
const END: EndSignal = EndSignal::Kill;

impl Node {
    /// Starts a process on a free port and waits until it responds.
    pub(super) fn start(options: &Arc<EngineOptions>, role: Role, config: &[String]) -> Result<Self> {
        retry_port_conflicts(|| {
            let mut node = Self {
                server: ServerProcess::new("redis", END)?,
                options: Arc::clone(options),
                role,
                port: free_port()?,
                bus_port: free_port()?,
            };
            node.configure(config)?;
            node.run()?;
            Ok(node)
        })
    }

    /// Starts the process again on the same port.
    pub(super) fn restart(&mut self, data: Data) -> Result<()> {
        self.kill();
        if data == Data::Discard {
            let records = self.server.path("appendonlydir");
            if records.exists() {
                fs::remove_dir_all(records)?;
            }
        }
        self.run()
    }

    pub(super) fn is_running(&self) -> bool {
        self.server.process().is_some()
    }

    pub(super) fn pause(&self) {
        if let Some(process) = self.server.process() {
            process.pause();
        }
    }

    pub(super) fn resume(&self) {
        if let Some(process) = self.server.process() {
            process.resume();
        }
    }

    pub(super) fn kill(&mut self) {
        self.server.kill();
    }

    /// Runs a command as an administrator through the Unix socket.
    pub(super) fn command(&self, command: &[&str]) -> Result<Reply> {
        redis_protocol::send(&self.socket(), self.options.password.as_deref(), command)
    }

    /// Returns the value with this name in a reply of `name:value` lines, or an empty string.
    pub(super) fn info(&self, command: &[&str], name: &str) -> Result<String> {
        let reply = self.command(command)?;
        let value = reply
            .text()
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        Ok(value.unwrap_or_default().trim().to_owned())
    }

    fn run(&mut self) -> Result<()> {
        let mut command = command(&self.options.program, END);
        command.arg(self.server.path("server.conf"));
        if self.role == Role::Sentinel {
            command.arg("--sentinel");
        }
        self.server.start(command)?;
        let (socket, password) = (self.socket(), self.options.password.clone());
        let ping = || redis_protocol::send(&socket, password.as_deref(), &["PING"]);
        self.server
            .wait_until_ready(START_LIMIT, || ping().is_ok_and(|reply| reply.text() == "PONG"))
    }

    fn configure(&self, config: &[String]) -> Result<()> {
        let folder = self.server.folder().display();
        let mut lines = vec![
            "bind 127.0.0.1".to_owned(),
            format!("dir {folder}"),
            format!("unixsocket {}", self.socket().display()),
            "unixsocketperm 700".to_owned(),
        ];
        match &self.options.authority {
            None => lines.push(format!("port {}", self.port)),
            Some(authority) => lines.extend([
                "port 0".to_owned(),
                format!("tls-port {}", self.port),
                format!("tls-cert-file {}", authority.certificate().display()),
                format!("tls-key-file {}", authority.key().display()),
                format!("tls-ca-cert-file {}", authority.ca().display()),
                "tls-auth-clients no".to_owned(),
                "tls-replication yes".to_owned(),
            ]),
        }
        if let Some(password) = &self.options.password {
            lines.push(format!("requirepass {password}"));
        }
        if self.role != Role::Sentinel {
            lines.extend(SERVER.map(str::to_owned));
            lines.extend(
                self.options
                    .password
                    .iter()
                    .map(|password| format!("masterauth {password}")),
            );
            lines.extend(self.options.config.iter().cloned());
        }
        if self.role == Role::ClusterNode {
            lines.push("cluster-enabled yes".to_owned());
            lines.push(format!("cluster-port {}", self.bus_port));
            lines.extend(self.options.authority.iter().map(|_| "tls-cluster yes".to_owned()));
        }
        lines.extend_from_slice(config);
        write_private(&self.server.path("server.conf"), &(lines.join("\n") + "\n"))
    }

    fn socket(&self) -> PathBuf {
        self.server.path("server.sock")
    }
}

impl EngineOptions {
    /// Returns a URL with these ports.
    pub(super) fn url(&self, layout: &str, ports: impl IntoIterator<Item = u16>, path: &str) -> String {
        let tls = if self.authority.is_some() { "s" } else { "" };
        let user = self.password.iter().map(|password| format!(":{password}@"));
        let hosts: Vec<String> = ports.into_iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let ca = self
            .authority
            .iter()
            .map(|authority| format!("?ca={}", authority.ca().display()));
        format!(
            "{}{tls}{layout}://{}{}{path}{}",
            self.scheme,
            user.collect::<String>(),
            hosts.join(","),
            ca.collect::<String>()
        )
    }
}
