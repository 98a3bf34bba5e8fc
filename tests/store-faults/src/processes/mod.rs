//! The parent of a fleet: starts, stops and kills its processes, and collects their reports.

mod authorization_server;
mod event_log;
mod process_handle;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use supervisor::wait_until;

pub use self::authorization_server::{Server, TokenRequest};
pub use self::event_log::{EventLog, FailedCall};
pub use self::process_handle::FleetProcess;
use crate::worker::Settings;

/// A program that calls [`worker::run`](crate::worker::run), and its arguments.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<String>,
}

/// Processes that share tokens. Dropping the fleet ends them.
pub struct Fleet {
    program: Program,
    settings: Settings,
    processes: Vec<FleetProcess>,
}

impl Program {
    /// Creates a program without arguments.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            arguments: Vec::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }
}

impl Fleet {
    /// Creates a fleet without processes. Each process starts with a copy of `settings`.
    #[must_use]
    pub fn new(program: Program, settings: Settings) -> Self {
        Self {
            program,
            settings,
            processes: Vec::new(),
        }
    }

    /// Starts a process with the fleet's settings and returns its index.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(&mut self) -> Result<usize> {
        self.start_with(|_| {})
    }

    /// Starts `count` processes with the fleet's settings.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start_all(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            self.start()?;
        }
        Ok(())
    }

    /// Starts a process with changed settings and returns its index.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start_with(&mut self, change: impl FnOnce(&mut Settings)) -> Result<usize> {
        let index = self.processes.len();
        let mut settings = self.settings.clone();
        settings.name = format!("process-{index}");
        change(&mut settings);
        self.processes.push(FleetProcess::start(&self.program, &settings)?);
        Ok(index)
    }

    /// Returns all processes, including those that have ended.
    #[must_use]
    pub fn processes(&self) -> &[FleetProcess] {
        &self.processes
    }

    /// Returns the process with this index.
    ///
    /// # Panics
    /// There is no such process.
    pub fn process(&mut self, index: usize) -> &mut FleetProcess {
        &mut self.processes[index]
    }

    /// Returns the index of the process with this name.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.processes.iter().position(|process| process.name() == name)
    }

    /// Returns the processes that run and are not stopped.
    pub fn running(&self) -> impl Iterator<Item = &FleetProcess> {
        self.processes.iter().filter(|process| process.is_running())
    }

    /// Waits until `condition` holds for the events of each running process.
    ///
    /// # Errors
    /// The condition does not hold within `limit`. The error has the events of the processes for which it does not
    /// hold.
    pub fn wait_for_all(&self, what: &str, limit: Duration, condition: impl Fn(&EventLog) -> bool) -> Result<()> {
        let outcome = wait_until(what, limit, || {
            Ok(self.running().all(|process| condition(process.events())).then_some(()))
        });
        outcome.map_err(|error| {
            let missing = self.running().filter(|process| !condition(process.events()));
            let missing: Vec<String> = missing
                .map(|process| format!("{}: {:?}", process.name(), process.events()))
                .collect();
            error.context(missing.join("\n"))
        })
    }

    /// Waits until all running processes use the same token and `condition` holds for its serial number. Returns that
    /// number.
    ///
    /// # Errors
    /// There is no such token within `limit`. The error has the events of all processes.
    pub fn wait_for_one_token(&self, limit: Duration, condition: impl Fn(u64) -> bool) -> Result<u64> {
        let outcome = wait_until("one token for all", limit, || {
            let mut serials: Vec<u64> = self.running().map(|process| process.events().serial()).collect();
            serials.dedup();
            Ok(match serials[..] {
                [serial] if serial > 0 && condition(serial) => Some(serial),
                _ => None,
            })
        });
        outcome.map_err(|error| {
            let logs = self.processes.iter();
            let logs = logs.map(|process| format!("{}: {:?}", process.name(), process.events()));
            error.context(logs.collect::<String>())
        })
    }

    /// Makes all processes send their last report and end. Stopped processes are resumed first.
    ///
    /// # Errors
    /// A process fails or does not end in time.
    pub fn finish(&mut self) -> Result<()> {
        for process in &mut self.processes {
            process.resume();
            process.request_end();
        }
        self.processes.iter_mut().try_for_each(FleetProcess::wait_for_end)
    }
}
