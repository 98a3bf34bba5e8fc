//! Commands of the steps, run in the workspace root.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::step::{Background, Outcome, Stopwatch, print_line};

/// A command that has not been started.
#[derive(Debug)]
pub(crate) struct Invocation(Command);

/// Creates an invocation of the Cargo that runs this program.
pub(crate) fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Invocation {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    program(cargo, arguments)
}

/// Creates an invocation of a program.
pub(crate) fn program<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Invocation {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    Invocation(command)
}

/// Whether the subcommand `cargo NAME` is installed.
pub(crate) fn has_subcommand(name: &str) -> bool {
    let output = cargo([name, "--version"]).output();
    output.is_ok_and(|output| output.status.success())
}

/// Returns the workspace root.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

impl Invocation {
    pub(crate) fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs the command with inherited standard output and standard error.
    pub(crate) fn run(self) -> Result<Outcome> {
        self.start()?.wait()
    }

    /// Starts the command with inherited standard output and standard error.
    pub(crate) fn start(mut self) -> Result<Running> {
        let command = self.display();
        let child = self.0.spawn().with_context(|| format!("cannot run {command}"))?;
        Ok(Running { command, child })
    }

    /// Starts the command with standard output and standard error written to a file below `target`, whose text is
    /// printed when the command has ended.
    pub(crate) fn start_in_background(mut self, log: &str) -> Result<Background> {
        let path = root().join("target").join(log);
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        self.0.stdout(file.try_clone()?).stderr(file);
        let running = self.start()?;
        Ok(Box::new(move || {
            let outcome = running.wait();
            print_line(fs::read_to_string(&path)?.trim_end());
            outcome
        }))
    }

    /// Runs the command with standard output and standard error written to a file. A failure of the command is not an
    /// error.
    pub(crate) fn run_with_output_file(mut self, file: File) -> Result<ExitStatus> {
        self.0.stdout(file.try_clone()?).stderr(file);
        self.0
            .status()
            .with_context(|| format!("cannot run {}", self.display()))
    }

    /// Runs the command and captures standard output and standard error.
    pub(crate) fn output(mut self) -> Result<Output> {
        self.0
            .output()
            .with_context(|| format!("cannot run {}", self.display()))
    }

    /// Runs the command and returns its standard output.
    pub(crate) fn stdout(mut self) -> Result<String> {
        self.0.stderr(Stdio::inherit());
        let command = self.display();
        let output = self.output()?;
        if !output.status.success() {
            bail!("`{command}` failed: {}", output.status);
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs the command and kills it after `limit`.
    pub(crate) fn run_with_timeout(self, limit: Duration) -> Result<Outcome> {
        let mut running = self.start()?;
        let stopwatch = Stopwatch::start();
        while stopwatch.elapsed() < limit {
            if running.child.try_wait()?.is_some() {
                return running.wait();
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("`{}` timed out after {} s", running.command, limit.as_secs())
    }

    fn display(&self) -> String {
        let name = Path::new(self.0.get_program()).file_name().unwrap_or_default();
        let mut text = name.to_string_lossy().into_owned();
        for argument in self.0.get_args() {
            text.push(' ');
            text.push_str(&argument.to_string_lossy());
        }
        text
    }
}

/// A command that has been started. It is killed if it is dropped before it ends.
#[derive(Debug)]
pub(crate) struct Running {
    command: String,
    child: Child,
}

impl Running {
    /// Waits until the command ends.
    pub(crate) fn wait(mut self) -> Result<Outcome> {
        let status = self.child.wait()?;
        if !status.success() {
            bail!("`{}` failed: {status}", self.command);
        }
        Ok(Outcome::Passed)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if the command has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_times_out_is_killed() {
        let error = program("sleep", ["300"])
            .run_with_timeout(Duration::from_millis(100))
            .unwrap_err();
        assert!(error.to_string().contains("`sleep 300` timed out"), "{error}");
        assert!(
            program("true", [""; 0])
                .run_with_timeout(Duration::from_secs(60))
                .is_ok()
        );
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = program("sh", ["-c", "exit 3"]).run().unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` failed: exit status: 3");
    }
}
