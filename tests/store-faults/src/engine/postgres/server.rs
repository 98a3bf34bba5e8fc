//! The processes of a server and its folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use supervisor::{Children, EndSignal, Process, ServerProcess, Signal, command, wait_until};

use super::os_account::Account;
use super::{data_folder, program_paths};

/// A Postgres server. Dropping it ends the processes and removes the folder.
#[derive(Debug)]
pub(super) struct Server {
    server: ServerProcess,
    pub(super) account: Account,
    pub(super) port: u16,
}

const START_LIMIT: Duration = Duration::from_secs(30);
const PAUSE_LIMIT: Duration = Duration::from_secs(2);
/// `SIGQUIT` requests an immediate shutdown. `SIGKILL` would leave shared memory behind.
const END: EndSignal = EndSignal::Quit;

impl Server {
    /// Creates a server that does not run and has no configuration.
    pub(super) fn new() -> Result<Self> {
        let account = Account::for_servers()?;
        let server = ServerProcess::new("postgres", END)?;
        account.take_ownership(server.folder())?;
        let server = Self {
            server,
            account,
            port: 0,
        };
        data_folder::create(&server.data(), &server.account, &program_paths::find("initdb")?)?;
        Ok(server)
    }

    /// Starts the server and waits until it accepts connections.
    pub(super) fn run(&mut self) -> Result<()> {
        let program = program_paths::find("postgres")?;
        let mut command = command(&program, END);
        command.arg("-D").arg(self.data());
        self.account.apply_to(&mut command);
        self.server.start(command)?;
        let (id, pid_file) = (self.server.process().map(Process::id), self.pid_file());
        self.server
            .wait_until_ready(START_LIMIT, || id.is_some_and(|id| is_ready(id, &pid_file)))
    }

    pub(super) fn kill(&mut self) {
        // A stopped server starts no child processes.
        self.pause();
        let children = self.children();
        children.signal(Signal::KILL);
        self.server.kill();
        children.wait_for_end();
    }

    /// Stops all processes of the server, and waits until they are stopped.
    pub(super) fn pause(&self) {
        // Repeated, because the server may have started a child process just before it was stopped.
        let _ = wait_until("the server to stop", PAUSE_LIMIT, || {
            self.processes().signal(Signal::STOP);
            let states = self.processes().states();
            Ok(states.iter().all(|state| matches!(state, 'T' | 'Z')).then_some(()))
        });
    }

    pub(super) fn resume(&self) {
        self.processes().signal(Signal::CONT);
    }

    pub(super) fn sql(&self, sql: &str) -> Result<String> {
        // With a timeout, because a paused server never responds.
        let mut psql = Command::new("timeout");
        psql.args(["--kill-after=1", "10"]).arg(program_paths::find("psql")?);
        psql.args([
            "--no-psqlrc",
            "--no-align",
            "--tuples-only",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
        ]);
        psql.args([
            "--username=postgres",
            "--dbname=postgres",
            &format!("--port={}", self.port),
        ]);
        psql.arg("--host").arg(self.folder()).args(["--command", sql]);
        let output = psql.env("PGOPTIONS", "-c client_min_messages=warning").output()?;
        ensure!(
            output.status.success(),
            "psql failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Removes the shared memory that a killed server leaves behind.
    fn remove_shared_memory(&self) {
        let text = fs::read_to_string(self.pid_file()).unwrap_or_default();
        let id = text.lines().nth(6).and_then(|line| line.split_whitespace().last());
        if let Some(id) = id {
            // The segment may not exist.
            let _ = Command::new("ipcrm")
                .args(["--shmem-id", id])
                .stderr(Stdio::null())
                .status();
        }
    }

    pub(super) fn folder(&self) -> &Path {
        self.server.folder()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.server.path("data")
    }

    fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    /// Returns the server's processes: the parent first, and one child for each connection.
    pub(super) fn processes(&self) -> Children {
        let parent = self.server.process().map(Process::id);
        parent.into_iter().chain(self.children().ids()).collect()
    }

    fn children(&self) -> Children {
        let parent = self.server.process().map(Process::id);
        parent.map(Children::of).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A paused process cannot end.
        self.resume();
        let was_killed = self.server.process().is_none();
        let children = self.children();
        self.server.end();
        children.wait_for_end();
        if was_killed {
            self.remove_shared_memory();
        }
    }
}

/// Returns whether the server has written `ready` to its lock file.
fn is_ready(process: u32, pid_file: &Path) -> bool {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.first() == Some(&process.to_string().as_str()) && lines.get(7) == Some(&"ready")
}
