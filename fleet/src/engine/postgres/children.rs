//! The processes that a server has started: one a connection, each in a process group of its own.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

const STEP: Duration = Duration::from_millis(10);
const LIMIT_STEPS: u32 = 500;

/// Those whose parent is this process.
pub(super) fn of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| matches!(stat(*id), Some((_, of)) if of == parent))
        .collect()
}

pub(super) fn signal(ids: &[u32], signal: Signal) {
    for id in ids {
        if let Some(id) = i32::try_from(*id).ok().and_then(Pid::from_raw) {
            // It may have ended by itself.
            let _ = kill_process(id, signal);
        }
    }
}

/// Waits until they have ended: a server does not start again beside them.
pub(super) fn gone(ids: &[u32]) {
    for _ in 0..LIMIT_STEPS {
        if states(ids).iter().all(|state| matches!(state, 'Z' | 'X')) {
            return;
        }
        thread::sleep(STEP);
    }
}

/// Of those that there are: `T` is stopped, `Z` has ended and was not waited for yet.
pub(super) fn states(ids: &[u32]) -> Vec<char> {
    ids.iter().filter_map(|id| Some(stat(*id)?.0)).collect()
}

/// The state and the parent.
fn stat(id: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(Path::new("/proc").join(id.to_string()).join("stat")).ok()?;
    // The name before may have anything in it.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
