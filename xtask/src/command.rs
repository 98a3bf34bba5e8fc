//! Commands that steps run, in the workspace's root.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::step::{Outcome, Stopwatch};

/// A command that is not run yet.
#[derive(Debug)]
pub(crate) struct Run(Command);

/// Cargo, the one that runs us.
pub(crate) fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    program(cargo, arguments)
}

/// Any program.
pub(crate) fn program<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Run {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    Run(command)
}

/// Whether `cargo NAME` is there.
pub(crate) fn has_subcommand(name: &str) -> bool {
    let output = cargo([name, "--version"]).output();
    output.is_ok_and(|output| output.status.success())
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

impl Run {
    pub(crate) fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it to its end, its output going where ours goes.
    pub(crate) fn run(mut self) -> Result<Outcome> {
        let status = self
            .0
            .status()
            .with_context(|| format!("cannot run {}", self.shown()))?;
        if !status.success() {
            bail!("`{}` ended with {status}", self.shown());
        }
        Ok(Outcome::Passed)
    }

    /// Runs it to its end, whichever that is, with what it prints going into a file.
    pub(crate) fn run_into(mut self, file: File) -> Result<ExitStatus> {
        self.0.stdout(file.try_clone()?).stderr(file);
        self.0.status().with_context(|| format!("cannot run {}", self.shown()))
    }

    /// Runs it to its end, and keeps what it prints on standard output and standard error.
    pub(crate) fn output(mut self) -> Result<Output> {
        self.0.output().with_context(|| format!("cannot run {}", self.shown()))
    }

    /// Runs it to its end, and gives what it prints on standard output.
    pub(crate) fn stdout(mut self) -> Result<String> {
        self.0.stderr(Stdio::inherit());
        let shown = self.shown();
        let output = self.output()?;
        if !output.status.success() {
            bail!("`{shown}` ended with {}", output.status);
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs it, and ends it if it has not ended by itself in time.
    pub(crate) fn run_within(mut self, limit: Duration) -> Result<Outcome> {
        let shown = self.shown();
        let mut child = self.0.spawn().with_context(|| format!("cannot run {shown}"))?;
        let stopwatch = Stopwatch::start();
        while stopwatch.elapsed() < limit {
            match child.try_wait()? {
                Some(status) if status.success() => return Ok(Outcome::Passed),
                Some(status) => bail!("`{shown}` ended with {status}"),
                None => thread::sleep(Duration::from_millis(50)),
            }
        }
        child.kill()?;
        child.wait()?;
        bail!("`{shown}` had not ended after {} s", limit.as_secs())
    }

    fn shown(&self) -> String {
        let name = Path::new(self.0.get_program()).file_name().unwrap_or_default();
        let mut shown = name.to_string_lossy().into_owned();
        for argument in self.0.get_args() {
            shown.push(' ');
            shown.push_str(&argument.to_string_lossy());
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_end_is_ended() {
        let failed = program("sleep", ["300"])
            .run_within(Duration::from_millis(100))
            .unwrap_err();
        assert!(failed.to_string().contains("`sleep 300` had not ended"), "{failed}");
        assert!(program("true", [""; 0]).run_within(Duration::from_secs(60)).is_ok());
    }

    #[test]
    fn a_failure_names_the_command() {
        let failed = program("sh", ["-c", "exit 3"]).run().unwrap_err();
        assert_eq!(failed.to_string(), "`sh -c exit 3` ended with exit status: 3");
    }
}
