//! A server with its own process, folder and log.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::command::EndSignal;
use crate::process_group::Process;
use crate::process_log::{log_output_to, log_tail};
use crate::temporary_folder::temporary_folder;
use crate::wait_for_condition::{wait_until, wait_until_async};

/// A server. Dropping it ends its processes, and then removes its folder.
#[derive(Debug)]
pub struct ServerProcess {
    name: &'static str,
    end: EndSignal,
    // Declared before the folder, so that the processes have ended when the folder is removed.
    process: Option<Process>,
    folder: TempDir,
}

impl ServerProcess {
    /// Creates the folder of a server that does not run yet. The [`command`](fn@crate::command) that starts the server
    /// has the same `end`.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn new(name: &'static str, end: EndSignal) -> Result<Self> {
        Ok(Self {
            name,
            end,
            process: None,
            folder: temporary_folder(name)?,
        })
    }

    /// Starts the server in its folder, with its output in the log.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(&mut self, command: Command) -> Result<()> {
        self.process = Some(start_in(self.folder(), self.name, command, self.end)?);
        Ok(())
    }

    /// Waits until `is_ready` returns true. Calls it every 20 ms.
    ///
    /// # Errors
    /// The server is not ready within `limit`, or it ends. The error has the end of the log.
    pub fn wait_until_ready(&mut self, limit: Duration, mut is_ready: impl FnMut() -> bool) -> Result<()> {
        let ready = wait_until("the server to be ready", limit, || {
            self.check_process()?;
            Ok(is_ready().then_some(()))
        });
        ready.with_context(|| self.describe_failure())
    }

    /// Like [`wait_until_ready`](Self::wait_until_ready), but does not block the thread.
    ///
    /// # Errors
    /// As for [`wait_until_ready`](Self::wait_until_ready).
    pub async fn wait_until_ready_async(
        &mut self,
        limit: Duration,
        mut is_ready: impl AsyncFnMut() -> bool,
    ) -> Result<()> {
        let ready = wait_until_async("the server to be ready", limit, async || {
            self.check_process()?;
            Ok(is_ready().await.then_some(()))
        });
        ready.await.with_context(|| self.describe_failure())
    }

    /// Returns the process, unless the server was killed or not started.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// Kills all processes of the server (`SIGKILL`).
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Ends the server as a drop does, but keeps the folder.
    pub fn end(&mut self) {
        self.process = None;
    }

    /// Returns the folder, accessible by the current user only.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the path of a file in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the path of the log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        log_in(self.folder(), self.name)
    }

    /// Keeps the folder after a drop, so that the log can be read.
    pub fn keep_folder(&mut self) {
        self.folder.disable_cleanup(true);
    }

    fn check_process(&mut self) -> Result<()> {
        match self.process.as_mut().map(Process::exit_status).transpose()?.flatten() {
            Some(status) => bail!("the process ended ({status})"),
            None => Ok(()),
        }
    }

    fn describe_failure(&self) -> String {
        format!("{} does not start; its log ends:\n{}", self.name, log_tail(&self.log()))
    }
}

/// Starts a program in `folder`, with its output in the log `NAME.log`.
///
/// # Errors
/// The program cannot be started.
pub fn start_in(folder: &Path, name: &str, mut command: Command, end: EndSignal) -> Result<Process> {
    command.current_dir(folder);
    log_output_to(&mut command, &log_in(folder, name))?;
    Process::start(command, end).with_context(|| format!("cannot start {name}"))
}

fn log_in(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension("log")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::command;

    const LIMIT: Duration = Duration::from_secs(5);

    fn shell(script: &str) -> ServerProcess {
        let mut server = ServerProcess::new("shell", EndSignal::Kill).unwrap();
        let mut command = command(Path::new("/bin/sh"), EndSignal::Kill);
        command.args(["-c", script]);
        server.start(command).unwrap();
        server
    }

    #[test]
    fn a_server_that_ends_is_an_error_with_its_log() {
        let error = shell("echo reason >&2; exit 3")
            .wait_until_ready(LIMIT, || false)
            .unwrap_err();
        let error = format!("{error:#}");
        assert!(
            error.contains("the process ended") && error.contains("reason"),
            "{error}"
        );
    }

    #[test]
    fn a_server_runs_in_its_folder_which_is_removed_on_drop() {
        let mut server = shell("touch ready; sleep 300");
        let file = server.path("ready");
        server.wait_until_ready(LIMIT, || file.exists()).unwrap();
        assert!(server.log().exists());
        drop(server);
        assert!(!file.exists());
    }
}
