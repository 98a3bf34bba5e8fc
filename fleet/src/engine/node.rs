//! One Redis or Valkey process, by itself or a part of a whole.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use interop::Authority;
use rustix::process::Signal;
use tempfile::TempDir;

use super::process::{Process, command};
use super::resp::{self, Reply};
use super::{ports, wait};

/// What all processes of an engine have in common.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) program: PathBuf,
    /// Of the URLs.
    pub(super) scheme: &'static str,
    pub(super) password: Option<String>,
    pub(super) authority: Option<Authority>,
    /// Lines of the configuration.
    pub(super) config: Vec<String>,
}

/// What a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Server,
    ClusterNode,
    Sentinel,
}

/// Whether a server finds again what it knew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    Kept,
    Lost,
}

/// A process in a folder of its own; dropping it ends it.
#[derive(Debug)]
pub(super) struct Node {
    // Before the folder, so that it has ended when that is removed.
    process: Option<Process>,
    common: Arc<Common>,
    role: Role,
    pub(super) port: u16,
    /// Of the cluster's bus.
    pub(super) bus_port: u16,
    folder: TempDir,
}

/// Records go to disk one by one. Replicas have them at once, and are known to have them after a second instead of ten.
const SERVER: [&str; 4] = [
    "save \"\"",
    "appendonly yes",
    "repl-diskless-sync-delay 0",
    "repl-ping-replica-period 1",
];
const START_LIMIT: Duration = Duration::from_secs(20);
const START_TRIES: u32 = 5;
const LOG_TAIL_LINES: usize = 20;

impl Node {
    /// Starts a process on a free port, and waits until it answers.
    pub(super) fn start(common: &Arc<Common>, role: Role, config: &[String]) -> Result<Self> {
        let mut tries = 1;
        loop {
            let mut node = Self {
                process: None,
                common: Arc::clone(common),
                role,
                port: ports::free()?,
                bus_port: ports::free()?,
                folder: tempfile::Builder::new().prefix("evergrant-redis-").tempdir()?,
            };
            node.configure(config)?;
            match node.run() {
                Ok(()) => return Ok(node),
                // Somebody was faster, and has the port.
                Err(_) if tries < START_TRIES && node.log().contains("Address already in use") => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Starts the process again, on the same port.
    pub(super) fn restart(&mut self, data: Data) -> Result<()> {
        self.kill();
        if data == Data::Lost {
            let records = self.folder.path().join("appendonlydir");
            if records.exists() {
                fs::remove_dir_all(records)?;
            }
        }
        self.run()
    }

    pub(super) fn is_running(&self) -> bool {
        self.process.is_some()
    }

    pub(super) fn pause(&self) {
        if let Some(process) = &self.process {
            process.pause();
        }
    }

    pub(super) fn resume(&self) {
        if let Some(process) = &self.process {
            process.resume();
        }
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Asks it as an administrator, past the network.
    pub(super) fn ask(&self, command: &[&str]) -> Result<Reply> {
        resp::ask(&self.socket(), self.common.password.as_deref(), command)
    }

    /// What an answer of several lines says under this name.
    pub(super) fn info(&self, command: &[&str], name: &str) -> Result<String> {
        let reply = self.ask(command)?;
        let value = reply
            .text()
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        Ok(value.unwrap_or_default().trim().to_owned())
    }

    fn run(&mut self) -> Result<()> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("server.log"))?;
        let mut command = command(&self.common.program, "KILL");
        command.current_dir(self.folder.path()).arg(self.path("server.conf"));
        if self.role == Role::Sentinel {
            command.arg("--sentinel");
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // There is nothing that it would have to put in order.
        let process = Process::start(command, Signal::KILL)
            .with_context(|| format!("cannot start {}", self.common.program.display()))?;
        self.process = Some(process);
        wait::until("a server that has just been started", START_LIMIT, || {
            if let Some(status) = self.process.as_mut().and_then(|process| process.ended().transpose()) {
                bail!("it ended at once ({})", status?);
            }
            Ok(self.ask(&["PING"]).ok().filter(|reply| reply.text() == "PONG"))
        })
        .with_context(|| format!("{}\n{}", self.common.program.display(), self.log()))?;
        Ok(())
    }

    fn configure(&self, config: &[String]) -> Result<()> {
        let folder = self.folder.path().display();
        let mut lines = vec![
            "bind 127.0.0.1".to_owned(),
            format!("dir {folder}"),
            format!("unixsocket {}", self.socket().display()),
            "unixsocketperm 700".to_owned(),
        ];
        match &self.common.authority {
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
        if let Some(password) = &self.common.password {
            lines.push(format!("requirepass {password}"));
        }
        if self.role != Role::Sentinel {
            lines.extend(SERVER.map(str::to_owned));
            lines.extend(
                self.common
                    .password
                    .iter()
                    .map(|password| format!("masterauth {password}")),
            );
            lines.extend(self.common.config.iter().cloned());
        }
        if self.role == Role::ClusterNode {
            lines.push("cluster-enabled yes".to_owned());
            lines.push(format!("cluster-port {}", self.bus_port));
            lines.extend(self.common.authority.iter().map(|_| "tls-cluster yes".to_owned()));
        }
        lines.extend_from_slice(config);
        let mut file = private(&self.path("server.conf"))?;
        file.write_all((lines.join("\n") + "\n").as_bytes())?;
        Ok(())
    }

    fn socket(&self) -> PathBuf {
        self.path("server.sock")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The log's end.
    fn log(&self) -> String {
        let log = fs::read(self.path("server.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    }
}

impl Common {
    /// A URL of these ports.
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

fn private(path: &Path) -> Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.with_context(|| format!("cannot write {}", path.display()))
}
