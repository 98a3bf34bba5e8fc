//! The members' parent: starts them, stops and kills them, and gathers what they report.

mod journal;
mod member;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

pub use self::journal::{Failure, Journal};
pub use self::member::Member;
pub use self::server::{Request, Server};
use crate::engine::wait;
use crate::member::Settings;

/// A program that calls [`member::run`](crate::member::run), and the arguments that make it do so.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<String>,
}

/// The processes of a fleet; dropping it ends them.
pub struct Crew {
    program: Program,
    settings: Settings,
    members: Vec<Member>,
}

impl Program {
    /// A program that does nothing else.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            arguments: Vec::new(),
        }
    }

    /// The same, with an argument.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }
}

impl Crew {
    /// Nobody yet. The settings are what all members have in common.
    #[must_use]
    pub fn new(program: Program, settings: Settings) -> Self {
        Self {
            program,
            settings,
            members: Vec::new(),
        }
    }

    /// Starts a member like all others, and gives its place.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub fn start(&mut self) -> Result<usize> {
        self.start_with(|_| {})
    }

    /// Starts so many of them.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub fn start_all(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            self.start()?;
        }
        Ok(())
    }

    /// Starts a member that is told something else.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub fn start_with(&mut self, change: impl FnOnce(&mut Settings)) -> Result<usize> {
        let place = self.members.len();
        let mut settings = self.settings.clone();
        settings.name = name(place);
        change(&mut settings);
        self.members.push(Member::start(&self.program, &settings)?);
        Ok(place)
    }

    /// All of them, those that have ended too.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member at this place.
    ///
    /// # Panics
    /// If there is none.
    pub fn member(&mut self, place: usize) -> &mut Member {
        &mut self.members[place]
    }

    /// The place of the member of this name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|member| member.name() == name)
    }

    /// Those that run, and are not stopped.
    pub fn alive(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.is_alive())
    }

    /// Waits until each member that is alive shows something.
    ///
    /// # Errors
    /// That it does not come to that in time, and what those report for whom it does not.
    pub fn wait_for_all(&self, what: &str, limit: Duration, shows: impl Fn(&Journal) -> bool) -> Result<()> {
        let outcome = wait::until(what, limit, || {
            Ok(self.alive().all(|member| shows(member.journal())).then_some(()))
        });
        outcome.map_err(|error| {
            let missing = self.alive().filter(|member| !shows(member.journal()));
            let missing: Vec<String> = missing
                .map(|member| format!("{}: {:?}", member.name(), member.journal()))
                .collect();
            error.context(missing.join("\n"))
        })
    }

    /// Waits until all that are alive have one and the same token, which `holds` is true of, and gives its number.
    ///
    /// # Errors
    /// That it does not come to that in time.
    pub fn wait_for_one_token(&self, limit: Duration, holds: impl Fn(u64) -> bool) -> Result<u64> {
        let outcome = wait::until("one token for all", limit, || {
            let mut serials: Vec<u64> = self.alive().map(|member| member.journal().serial()).collect();
            serials.dedup();
            Ok(match serials[..] {
                [serial] if serial > 0 && holds(serial) => Some(serial),
                _ => None,
            })
        });
        outcome.map_err(|error| {
            let journals = self.members.iter();
            let journals = journals.map(|member| format!("{}: {:?}", member.name(), member.journal()));
            error.context(journals.collect::<String>())
        })
    }

    /// Has all members report for the last time, and end. Those that are stopped are resumed before.
    ///
    /// # Errors
    /// A member that does not end in time, or fails.
    pub fn finish(&mut self) -> Result<()> {
        for member in &mut self.members {
            member.resume();
            member.order_end();
        }
        self.members.iter_mut().try_for_each(Member::wait_for_end)
    }
}

/// Of the member at this place.
fn name(place: usize) -> String {
    format!("member-{place}")
}
