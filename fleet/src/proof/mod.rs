//! What must hold of a run: checks on the server's log and the members' reports, each to be used by any test.

mod intervals;

use std::fmt;
use std::time::Duration;

use anyhow::{Result, ensure};

pub use self::intervals::Intervals;
use crate::crew::{Crew, Failure, Request, Server};
use crate::member::Tally;

/// Everything that is known of a run.
pub struct Evidence {
    /// The server's log.
    pub requests: Vec<Request>,
    /// The members' reports.
    pub members: Vec<Account>,
    crew: String,
}

/// What a member has reported in all.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its last count.
    pub tally: Tally,
    /// Its failed calls.
    pub failures: Vec<Failure>,
    /// Whether it was killed, so that its last count is not.
    pub killed: bool,
}

/// Of a processor that others want too: a call that should take no longer than its deadline may be looked at this much later.
const SLACK: Duration = Duration::from_secs(1);
/// How long a token takes to get round.
const ROUND: Duration = Duration::from_millis(500);

impl Evidence {
    /// All that there is so far; of members that have finished, everything.
    #[must_use]
    pub fn gather(server: &Server, crew: &Crew) -> Self {
        let members = crew.members().iter().map(|member| Account {
            name: member.name().to_owned(),
            tally: member.journal().tally(),
            failures: member.journal().failures(),
            killed: member.was_killed(),
        });
        let journals = crew
            .members()
            .iter()
            .map(|member| format!("{}: {:?}", member.name(), member.journal()));
        Self {
            requests: server.requests(),
            members: members.collect(),
            crew: journals.collect(),
        }
    }

    /// Calls that failed, of all members together.
    #[must_use]
    pub fn failed_calls(&self) -> u64 {
        let failed = |member: &Account| member.tally.failures.max(member.failures.len() as u64);
        self.members.iter().map(failed).sum()
    }

    /// The longest call of all.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.slowest_later().max(self.slowest_at_start())
    }

    /// The longest of the calls that members made before they had a token.
    #[must_use]
    pub fn slowest_at_start(&self) -> Duration {
        let slowest = self.members.iter().map(|member| member.tally.slowest_at_start);
        slowest.max().unwrap_or_default()
    }

    /// The longest of all other calls.
    #[must_use]
    pub fn slowest_later(&self) -> Duration {
        self.members
            .iter()
            .map(|member| member.tally.slowest)
            .max()
            .unwrap_or_default()
    }

    /// The renewals that were due, and the requests beside them: see [`Intervals`].
    #[must_use]
    pub fn intervals(&self, least_age: Duration) -> Intervals {
        Intervals::of(&self.requests, least_age)
    }

    /// Every call was given a token.
    ///
    /// # Errors
    /// The calls that were not.
    pub fn no_call_failed(&self) -> Result<()> {
        ensure!(
            self.failed_calls() == 0,
            "{} calls failed\n{self:?}",
            self.failed_calls()
        );
        Ok(())
    }

    /// No call failed while the fleet had a token that is good for `usable` from its request on.
    ///
    /// # Errors
    /// The first call that did.
    pub fn no_call_failed_beside_a_valid_token(&self, usable: Duration) -> Result<()> {
        for failure in self.members.iter().flat_map(|member| &member.failures) {
            let valid = |request: &&Request| {
                request.status == Some(200) && request.at + ROUND <= failure.at && failure.at < request.at + usable
            };
            if let Some(request) = self.requests.iter().find(valid) {
                anyhow::bail!("{failure:?} although there is the token of {request:?}\n{self:?}");
            }
        }
        Ok(())
    }

    /// No call took longer than its deadline allows.
    ///
    /// # Errors
    /// How long the slowest took.
    pub fn no_call_waited_beyond(&self, max_wait: Duration) -> Result<()> {
        let slowest = self.slowest();
        ensure!(slowest <= max_wait + SLACK, "a call took {slowest:?}\n{self:?}");
        Ok(())
    }

    /// No call was given a token that had expired, or that the API refused.
    ///
    /// # Errors
    /// How many were.
    pub fn no_dead_token_was_served(&self) -> Result<()> {
        let expired: u64 = self.members.iter().map(|member| member.tally.expired).sum();
        let refused: u64 = self.members.iter().map(|member| member.tally.refused).sum();
        ensure!(
            expired == 0 && refused == 0,
            "{expired} expired, {refused} refused\n{self:?}"
        );
        Ok(())
    }

    /// The store's generations only went up.
    ///
    /// # Errors
    /// How often an older one came after a newer one.
    pub fn no_update_was_lost(&self) -> Result<()> {
        let went_back: u64 = self.members.iter().map(|member| member.tally.went_back).sum();
        ensure!(went_back == 0, "the generation went back {went_back} times\n{self:?}");
        Ok(())
    }

    /// One request for each renewal that was due, and no more than `extra` beside them.
    ///
    /// # Errors
    /// The requests.
    pub fn extra_requests_are_at_most(&self, extra: usize, least_age: Duration) -> Result<()> {
        let intervals = self.intervals(least_age);
        ensure!(
            intervals.extra <= extra,
            "{intervals:?}, and {extra} were allowed beside the renewals\n{self:?}"
        );
        Ok(())
    }

    /// No member fetched twice in so short a time, whatever the others did.
    ///
    /// # Errors
    /// Who did.
    pub fn no_member_asked_twice_within(&self, time: Duration) -> Result<()> {
        for member in &self.members {
            let own = self.requests.iter().filter(|request| request.member == member.name);
            let times: Vec<Duration> = own.map(|request| request.at).collect();
            let soon = times.windows(2).find(|pair| pair[1] < pair[0] + time);
            ensure!(soon.is_none(), "{} asked twice: {soon:?}\n{self:?}", member.name);
        }
        Ok(())
    }

    /// The same members, and the requests after the first so many.
    #[must_use]
    pub fn since(mut self, first: usize) -> Self {
        self.requests.drain(..first);
        self
    }

    /// The same without the reports of the member at this place.
    #[must_use]
    pub fn without(mut self, place: usize) -> Self {
        self.members.remove(place);
        self
    }

    /// What holds of every run with a server that is well: every call is given a living token in time.
    ///
    /// # Errors
    /// What does not hold.
    pub fn all_calls_went_well(&self, max_wait: Duration) -> Result<()> {
        self.no_call_failed()?;
        self.no_call_waited_beyond(max_wait)?;
        self.no_dead_token_was_served()
    }
}

/// Everything, for a test that failed.
impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for request in &self.requests {
            let Request { at, member, status } = request;
            writeln!(f, "  {:.3} request of {member}: {status:?}", at.as_secs_f64())?;
        }
        f.write_str(&self.crew)
    }
}
