//! A server's processes and its folder, which go together.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Signal;
use tempfile::TempDir;

use super::account::Account;
use super::programs::bin;
use super::{children, data};
use crate::engine::process::{Process, command};
use crate::engine::wait;

/// Dropping it ends the processes and removes the folder.
#[derive(Debug)]
pub(super) struct Server {
    // Before the folder, so that it has ended when that is removed.
    process: Option<Process>,
    folder: TempDir,
    pub(super) account: Account,
    pub(super) port: u16,
}

const START_LIMIT: Duration = Duration::from_secs(30);
const PAUSE_STEP: Duration = Duration::from_millis(5);
const PAUSE_STEPS: u32 = 400;
const LOG_TAIL_LINES: usize = 20;

impl Server {
    /// One that does not run yet, and has no configuration.
    pub(super) fn new() -> Result<Self> {
        let account = Account::for_servers()?;
        let folder = tempfile::Builder::new().prefix("evergrant-postgres-").tempdir()?;
        account.own(folder.path())?;
        let server = Self {
            process: None,
            folder,
            account,
            port: 0,
        };
        data::make(&server.data(), &server.account, &bin("initdb")?)?;
        Ok(server)
    }

    /// Starts it, and waits until it answers.
    pub(super) fn run(&mut self) -> Result<()> {
        let program = bin("postgres")?;
        let log = OpenOptions::new().create(true).append(true).open(self.log_file())?;
        // Killed, it would leave shared memory behind; this asks for an end at once.
        let mut command = command(&program, "QUIT");
        command.arg("-D").arg(self.data());
        self.account.assume(&mut command);
        command.current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = Process::start(command, Signal::QUIT);
        self.process = Some(process.with_context(|| format!("cannot start {}", program.display()))?);
        wait::until("a server that has just been started", START_LIMIT, || {
            if let Some(status) = self.process.as_mut().and_then(|process| process.ended().transpose()) {
                bail!("it ended at once ({})", status?);
            }
            Ok(self.is_ready().then_some(()))
        })
        .with_context(|| format!("{}\n{}", program.display(), self.log()))
    }

    pub(super) fn kill(&mut self) {
        // What stands still starts no others while it is being ended.
        self.pause();
        let Some(mut process) = self.process.take() else { return };
        let children = children::of(process.id());
        children::signal(&children, Signal::KILL);
        process.kill();
        children::gone(&children);
    }

    /// Stops all of its processes, and waits until they stand still.
    pub(super) fn pause(&self) {
        for _ in 0..PAUSE_STEPS {
            self.signal(Signal::STOP);
            // It may just have started one when it was stopped itself.
            if children::states(&self.processes())
                .iter()
                .all(|state| matches!(state, 'T' | 'Z'))
            {
                return;
            }
            thread::sleep(PAUSE_STEP);
        }
    }

    pub(super) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    pub(super) fn ask(&self, sql: &str) -> Result<String> {
        // Bounded, as a server that is paused answers never.
        let mut psql = Command::new("timeout");
        psql.args(["--kill-after=1", "10"]).arg(bin("psql")?);
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
        psql.arg("--host").arg(self.folder.path()).args(["--command", sql]);
        let output = psql.env("PGOPTIONS", "-c client_min_messages=warning").output()?;
        ensure!(
            output.status.success(),
            "psql failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// It says so in the file that it also locks the folder with.
    fn is_ready(&self) -> bool {
        let Some(process) = &self.process else { return false };
        let text = fs::read_to_string(self.pid_file()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.first() == Some(&process.id().to_string().as_str()) && lines.get(7) == Some(&"ready")
    }

    /// What a killed server leaves behind outside of its folder.
    fn remove_shared_memory(&self) {
        let text = fs::read_to_string(self.pid_file()).unwrap_or_default();
        let id = text.lines().nth(6).and_then(|line| line.split_whitespace().last());
        if let Some(id) = id {
            // It may be gone.
            let _ = Command::new("ipcrm")
                .args(["--shmem-id", id])
                .stderr(Stdio::null())
                .status();
        }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// The log's end.
    pub(super) fn log(&self) -> String {
        let log = fs::read(self.log_file()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    }

    /// Reaches each of its processes, which are process groups of their own. The one that starts the others comes first.
    fn signal(&self, signal: Signal) {
        children::signal(&self.processes(), signal);
    }

    /// Itself, and those that serve its connections.
    pub(super) fn processes(&self) -> Vec<u32> {
        let parent = self.process.as_ref().map(Process::id);
        let children = parent.map(children::of).unwrap_or_default();
        parent.into_iter().chain(children).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What is paused could not end.
        self.resume();
        let was_killed = self.process.is_none();
        let children = self.process.as_ref().map(|process| children::of(process.id()));
        drop(self.process.take());
        children::gone(&children.unwrap_or_default());
        if was_killed {
            self.remove_shared_memory();
        }
    }
}
