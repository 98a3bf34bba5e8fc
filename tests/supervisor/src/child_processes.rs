//! The child processes of a server that gives each of them a process group of its own, as Postgres does.

use std::time::Duration;

use procfs::process::{Stat, all_processes};
use rustix::process::{Pid, Signal, kill_process};

use crate::wait_for_condition::wait_until;

/// The ids of processes.
#[derive(Debug, Clone, Default)]
pub struct Children(Vec<i32>);

const END_LIMIT: Duration = Duration::from_secs(5);

impl Children {
    /// Returns the child processes that this process has now.
    #[must_use]
    pub fn of(parent: u32) -> Self {
        let is_child = |stat: &Stat| u32::try_from(stat.ppid) == Ok(parent);
        let processes = all_processes().into_iter().flatten().flatten();
        let stats = processes.filter_map(|process| process.stat().ok());
        Self(stats.filter(is_child).map(|stat| stat.pid).collect())
    }

    /// Returns the ids.
    pub fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().filter_map(|id| u32::try_from(*id).ok())
    }

    /// Sends a signal to each process.
    pub fn signal(&self, signal: Signal) {
        for id in self.0.iter().copied().filter_map(Pid::from_raw) {
            // The process may have ended.
            let _ = kill_process(id, signal);
        }
    }

    /// Returns the states of the processes that exist: `T` is stopped, `Z` is a zombie.
    #[must_use]
    pub fn states(&self) -> Vec<char> {
        let process = |id: &i32| procfs::process::Process::new(*id).and_then(|process| process.stat());
        self.0.iter().filter_map(|id| Some(process(id).ok()?.state)).collect()
    }

    /// Returns whether all processes have ended.
    #[must_use]
    pub fn have_ended(&self) -> bool {
        self.states().iter().all(|state| matches!(state, 'Z' | 'X'))
    }

    /// Waits until all processes have ended, for a limited time.
    pub fn wait_for_end(&self) {
        // A process that is left over is an error of the next start.
        let _ = wait_until("the end of child processes", END_LIMIT, || {
            Ok(self.have_ended().then_some(()))
        });
    }
}

impl FromIterator<u32> for Children {
    fn from_iter<I: IntoIterator<Item = u32>>(ids: I) -> Self {
        Self(ids.into_iter().filter_map(|id| id.try_into().ok()).collect())
    }
}
