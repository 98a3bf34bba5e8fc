//! One member as its parent sees it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;

use super::{Journal, Program};
use crate::engine::process::{Process, command};
use crate::engine::wait;
use crate::member::{Fault, Mishap, Order, Settings};

/// A process, and what it reports; dropping it ends the process.
#[derive(Debug)]
pub struct Member {
    name: String,
    process: Process,
    orders: Option<ChildStdin>,
    journal: Journal,
    reading: Option<JoinHandle<()>>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
    Ended,
}

/// More than the longest call.
const END_LIMIT: Duration = Duration::from_secs(20);

impl Member {
    pub(super) fn start(program: &Program, settings: &Settings) -> Result<Self> {
        let mut command = command(&program.path, "KILL");
        command.args(&program.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(command, Signal::KILL)
            .with_context(|| format!("cannot start {}", program.path.display()))?;
        let (mut orders, reports) = process.pipes().context("a member without pipes")?;
        writeln!(orders, "{}", serde_json::to_string(settings)?)?;
        let journal = Journal::default();
        let reading = read(reports, journal.clone())?;
        Ok(Self {
            name: settings.name.clone(),
            process,
            orders: Some(orders),
            journal,
            reading: Some(reading),
            state: State::Running,
        })
    }

    /// What it calls itself at the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it has reported so far.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Whether it runs, and is not stopped.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.state == State::Running
    }

    /// Whether it was ended before it could say its last word.
    #[must_use]
    pub fn was_killed(&self) -> bool {
        self.state == State::Ended && self.orders.is_some()
    }

    /// Waits until its reports show something.
    ///
    /// # Errors
    /// That it does not come to that in time, and what there is instead.
    pub fn wait_for<T>(&self, what: &str, limit: Duration, find: impl Fn(&Journal) -> Option<T>) -> Result<T> {
        wait::until(what, limit, || Ok(find(&self.journal)))
            .with_context(|| format!("{}: {:?}", self.name, self.journal))
    }

    /// Waits until what it was told to suffer has happened.
    ///
    /// # Errors
    /// That it has not.
    pub fn wait_for_mishap(&mut self, limit: Duration) -> Result<()> {
        let (_, _, mishap) = self.wait_for("a mishap", limit, Journal::mishap)?;
        match mishap {
            Mishap::Killed => {
                self.read_to_end();
                self.kill();
            }
            Mishap::Stopped => self.state = State::Stopped,
            Mishap::StoreLost(_) | Mishap::StoreSilent(_) | Mishap::NetworkLost(_) => {}
        }
        Ok(())
    }

    /// Ends it at once (`SIGKILL`).
    pub fn kill(&mut self) {
        if self.state != State::Ended {
            self.process.kill();
            self.state = State::Ended;
            self.read_to_end();
        }
    }

    /// Stops it in its tracks (`SIGSTOP`).
    pub fn stop(&mut self) {
        if self.state == State::Running {
            self.process.pause();
            self.state = State::Stopped;
        }
    }

    /// Lets it go on.
    pub fn resume(&mut self) {
        if self.state == State::Stopped {
            self.process.resume();
            self.state = State::Running;
        }
    }

    /// Has this befall it, from now on.
    pub fn suffer(&mut self, fault: Fault) {
        self.order(Order::Suffer(fault));
    }

    pub(super) fn order_end(&mut self) {
        self.order(Order::Finish);
        if self.state != State::Ended {
            self.orders = None;
        }
    }

    fn order(&mut self, order: Order) {
        if let Some(orders) = &mut self.orders {
            let order = serde_json::to_string(&order).unwrap_or_default();
            // One that has ended by itself is found out about later.
            let _ = writeln!(orders, "{order}");
        }
    }

    pub(super) fn wait_for_end(&mut self) -> Result<()> {
        if self.state == State::Ended {
            return Ok(());
        }
        let process = &mut self.process;
        let status = wait::until("a member's end", END_LIMIT, || Ok(process.ended()?));
        let status = status.with_context(|| format!("{}: {:?}", self.name, self.journal))?;
        self.state = State::Ended;
        self.process.kill();
        self.read_to_end();
        if !status.success() {
            bail!("{} ended with {status}: {:?}", self.name, self.journal);
        }
        Ok(())
    }

    fn read_to_end(&mut self) {
        if let Some(reading) = self.reading.take() {
            // It panics for nothing.
            let _ = reading.join();
        }
    }
}

fn read(reports: ChildStdout, journal: Journal) -> Result<JoinHandle<()>> {
    let read = move || {
        for line in BufReader::new(reports).lines() {
            let Ok(line) = line else { return };
            if let Ok(event) = serde_json::from_str(&line) {
                journal.add(event);
            }
        }
    };
    Ok(thread::Builder::new()
        .name("journal".to_owned())
        .stack_size(128 * 1024)
        .spawn(read)?)
}
