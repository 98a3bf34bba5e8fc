//! A process of ours and all its children, which end when we do.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::Instant;

/// A process group of its own; dropping it ends all that are in it.
#[derive(Debug)]
pub(super) struct Supervised {
    child: Child,
}

const SHUTDOWN_LIMIT: Duration = Duration::from_secs(3);

impl Supervised {
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        Ok(Self { child })
    }

    /// How the process ended, if it has.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Asks all to end, without waiting for it.
    pub(super) fn stop(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // A group without members has nothing left to end.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.stop();
        let started = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && started.elapsed() < SHUTDOWN_LIMIT {
            thread::sleep(Duration::from_millis(10));
        }
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::path::Path;
    use std::process::Stdio;

    use super::*;

    fn shell(script: &str) -> (Supervised, BufReader<std::process::ChildStdout>) {
        let mut command = Command::new("sh");
        let mut supervised = Supervised::start(command.args(["-c", script]).stdout(Stdio::piped())).unwrap();
        let output = BufReader::new(supervised.child.stdout.take().unwrap());
        (supervised, output)
    }

    fn line(output: &mut impl BufRead) -> String {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Gone, or ended and not yet waited for by init.
    fn is_over(process: &str) -> bool {
        let status = std::fs::read_to_string(Path::new("/proc").join(process).join("stat"));
        status.map_or(true, |status| status.contains(") Z "))
    }

    fn is_over_soon(process: &str) -> bool {
        (0..200).any(|_| {
            thread::sleep(Duration::from_millis(10));
            is_over(process)
        })
    }

    #[test]
    fn dropping_it_ends_its_children_too() {
        let (supervised, mut output) = shell("sleep 300 & echo $!; wait");
        let child = line(&mut output);
        assert!(!is_over(&child));
        drop(supervised);
        assert!(is_over_soon(&child));
    }

    #[test]
    fn what_does_not_want_to_end_is_ended_as_well() {
        let (supervised, mut output) = shell("trap '' TERM; echo $$; while true; do sleep 0.1; done");
        let stubborn = line(&mut output);
        drop(supervised);
        assert!(is_over_soon(&stubborn));
    }

    #[test]
    fn a_panic_ends_it_too() {
        let (supervised, mut output) = shell("echo $$; sleep 300");
        let process = line(&mut output);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _supervised = supervised;
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert!(is_over_soon(&process));
    }
}
