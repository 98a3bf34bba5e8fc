//! The handle of one process in a fleet.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use supervisor::{EndSignal, Process, command, wait_until};

use super::{EventLog, Program};
use crate::worker::{ControlMessage, Fault, FaultKind, Settings};

/// A process and the events that it reports. Dropping it ends the process.
#[derive(Debug)]
pub struct FleetProcess {
    name: String,
    process: Process,
    input: Option<ChildStdin>,
    events: EventLog,
    reader: Option<JoinHandle<()>>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
    Ended,
}

/// Longer than the longest call.
const END_LIMIT: Duration = Duration::from_secs(20);

impl FleetProcess {
    pub(super) fn start(program: &Program, settings: &Settings) -> Result<Self> {
        let mut command = command(&program.path, EndSignal::Kill);
        command.args(&program.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(command, EndSignal::Kill)
            .with_context(|| format!("cannot start {}", program.path.display()))?;
        let (mut input, output) = process.pipes().context("the process has no pipes")?;
        writeln!(input, "{}", serde_json::to_string(settings)?)?;
        let events = EventLog::default();
        let reader = spawn_reader(output, events.clone())?;
        Ok(Self {
            name: settings.name.clone(),
            process,
            input: Some(input),
            events,
            reader: Some(reader),
            state: State::Running,
        })
    }

    /// Returns the name that the process sends to the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the events that the process has reported so far.
    #[must_use]
    pub fn events(&self) -> &EventLog {
        &self.events
    }

    /// Returns whether the process runs and is not stopped.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == State::Running
    }

    /// Returns whether the process was killed before its last report.
    #[must_use]
    pub fn was_killed(&self) -> bool {
        self.state == State::Ended && self.input.is_some()
    }

    /// Waits until `find` returns a value from the events. `what` names the value in the error.
    ///
    /// # Errors
    /// There is no value within `limit`. The error has all events of the process.
    pub fn wait_for<T>(&self, what: &str, limit: Duration, find: impl Fn(&EventLog) -> Option<T>) -> Result<T> {
        wait_until(what, limit, || Ok(find(&self.events))).with_context(|| format!("{}: {:?}", self.name, self.events))
    }

    /// Waits until the injected fault has happened.
    ///
    /// # Errors
    /// It has not happened within `limit`.
    pub fn wait_for_fault(&mut self, limit: Duration) -> Result<()> {
        let (_, _, fault) = self.wait_for("a fault", limit, EventLog::fault)?;
        match fault {
            FaultKind::Kill => {
                self.read_to_end();
                self.kill();
            }
            FaultKind::Stop => self.state = State::Stopped,
            FaultKind::StoreUnavailable(_) | FaultKind::StoreHangs(_) | FaultKind::NetworkUnavailable(_) => {}
        }
        Ok(())
    }

    /// Kills the process (`SIGKILL`).
    pub fn kill(&mut self) {
        if self.state != State::Ended {
            self.process.kill();
            self.state = State::Ended;
            self.read_to_end();
        }
    }

    /// Stops the process (`SIGSTOP`) until [`resume`](Self::resume).
    pub fn stop(&mut self) {
        if self.state == State::Running {
            self.process.pause();
            self.state = State::Stopped;
        }
    }

    /// Lets a stopped process continue.
    pub fn resume(&mut self) {
        if self.state == State::Stopped {
            self.process.resume();
            self.state = State::Running;
        }
    }

    /// Sets the fault to inject. It replaces an earlier one that has not happened.
    pub fn inject(&mut self, fault: Fault) {
        self.send(ControlMessage::Inject(fault));
    }

    pub(super) fn request_end(&mut self) {
        self.send(ControlMessage::Finish);
        if self.state != State::Ended {
            self.input = None;
        }
    }

    fn send(&mut self, message: ControlMessage) {
        if let Some(input) = &mut self.input {
            let line = serde_json::to_string(&message).unwrap_or_default();
            // `wait_for_end` reports a process that has already ended.
            let _ = writeln!(input, "{line}");
        }
    }

    pub(super) fn wait_for_end(&mut self) -> Result<()> {
        if self.state == State::Ended {
            return Ok(());
        }
        let process = &mut self.process;
        let status = wait_until("the end of the process", END_LIMIT, || Ok(process.exit_status()?));
        let status = status.with_context(|| format!("{}: {:?}", self.name, self.events))?;
        self.state = State::Ended;
        self.process.kill();
        self.read_to_end();
        if !status.success() {
            bail!("{} ended with {status}: {:?}", self.name, self.events);
        }
        Ok(())
    }

    fn read_to_end(&mut self) {
        if let Some(reader) = self.reader.take() {
            // The reader does not panic.
            let _ = reader.join();
        }
    }
}

fn spawn_reader(output: ChildStdout, events: EventLog) -> Result<JoinHandle<()>> {
    let read = move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { return };
            if let Ok(event) = serde_json::from_str(&line) {
                events.add(event);
            }
        }
    };
    Ok(thread::Builder::new()
        .name("event-reader".to_owned())
        .stack_size(128 * 1024)
        .spawn(read)?)
}
