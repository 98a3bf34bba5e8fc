//! A process group that ends when its handle is dropped.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::command::EndSignal;
use crate::spawn::spawn;
use crate::wait_for_condition::wait_until;

/// A process group. Dropping it ends all processes in it: it sends them the [`EndSignal`], and `SIGKILL` after 5 s.
#[derive(Debug)]
pub struct Process {
    child: Child,
    end: EndSignal,
    ended: bool,
}

const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);
const STOP_LIMIT: Duration = Duration::from_secs(1);

impl Process {
    /// Starts a command that [`command`](fn@crate::command) created. Any thread can call this.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(mut command: Command, end: EndSignal) -> io::Result<Self> {
        command.process_group(0);
        let child = spawn(command)?;
        Ok(Self {
            child,
            end,
            ended: false,
        })
    }

    /// Returns the process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Takes the standard input and output, if they are pipes.
    pub fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        self.child.stdin.take().zip(self.child.stdout.take())
    }

    /// Returns the exit status, or `None` while the process runs.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn exit_status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Stops all processes of the group (`SIGSTOP`) until [`resume`](Self::resume), and waits until the first is
    /// stopped.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
        if !self.ended {
            wait_until_stopped(&self.child);
        }
    }

    /// Lets stopped processes continue (`SIGCONT`).
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Sends the [`EndSignal`] to all processes of the group, without waiting for their end.
    pub fn request_end(&self) {
        self.signal(self.end.signal());
        // A stopped process handles other signals only after it continues.
        self.signal(Signal::CONT);
    }

    /// Kills all processes of the group (`SIGKILL`) and waits for the end of the first.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        // The process is killed, even if waiting for it fails.
        let _ = self.child.wait();
        self.ended = true;
    }

    fn signal(&self, signal: Signal) {
        if let (Some(group), false) = (pid(&self.child), self.ended) {
            // Fails if the group has no processes any more.
            let _ = kill_process_group(group, signal);
        }
    }
}

/// Waits until a process that was sent `SIGSTOP` is stopped, or has ended. On a busy machine, its threads run on for
/// some time after the signal.
///
/// Waits at most one second: a process that waits for the `exec` of a child that is stopped too does not count as
/// stopped.
pub fn wait_until_stopped(child: &Child) {
    let Some(id) = pid(child) else { return };
    // `NOWAIT` leaves the exit status for the owner of the process.
    let states = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    // Fails if the process has ended and its status was read.
    let _ = wait_until("the stop of the process", STOP_LIMIT, || {
        Ok(waitid(WaitId::Pid(id), states)?)
    });
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.request_end();
        // Killed if it does not end in time.
        let _ = wait_until("the end of the process", SHUTDOWN_LIMIT, || Ok(self.exit_status()?));
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;
    use std::process::Stdio;
    use std::thread;

    use super::*;
    use crate::child_processes::Children;
    use crate::command::command;

    /// Starts a shell script and returns its first line of output.
    fn shell(script: &str) -> (Process, String) {
        let mut command = command(Path::new("/bin/sh"), EndSignal::Kill);
        command.args(["-c", script]).stdout(Stdio::piped());
        let mut process = Process::start(command, EndSignal::Terminate).unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        (process, line.trim().to_owned())
    }

    fn has_ended(process: &str) -> bool {
        Children::from_iter(process.parse()).have_ended()
    }

    fn ends_soon(process: &str) -> bool {
        wait_until("an end", SHUTDOWN_LIMIT, || Ok(has_ended(process).then_some(()))).is_ok()
    }

    #[test]
    fn a_drop_ends_the_children_too() {
        let (process, child) = shell("sleep 300 & echo $!; wait");
        assert!(!has_ended(&child));
        drop(process);
        assert!(ends_soon(&child));
    }

    #[test]
    fn a_drop_ends_a_process_that_ignores_the_signal() {
        let (process, id) = shell("trap '' TERM; echo $$; while true; do sleep 0.1; done");
        drop(process);
        assert!(ends_soon(&id));
    }

    #[test]
    fn a_drop_ends_a_paused_process() {
        let (process, id) = shell("echo $$; while true; do sleep 0.1; done");
        process.pause();
        drop(process);
        assert!(ends_soon(&id));
    }

    #[test]
    fn no_thread_of_a_paused_process_runs() {
        let script = "import threading, time\n\
            for _ in range(8): threading.Thread(target=time.sleep, args=(300,)).start()\n\
            print(flush=True)";
        let mut command = command(Path::new("/usr/bin/env"), EndSignal::Kill);
        command.args(["python3", "-c", script]).stdout(Stdio::piped());
        let mut process = Process::start(command, EndSignal::Kill).unwrap();
        let mut output = BufReader::new(process.child.stdout.take().unwrap());
        output.read_line(&mut String::new()).unwrap();
        process.pause();
        let threads = Path::new("/proc").join(process.id().to_string()).join("task");
        for thread in std::fs::read_dir(threads).unwrap() {
            let stat = std::fs::read_to_string(thread.unwrap().path().join("stat")).unwrap();
            assert!(stat.contains(") T "), "{stat}");
        }
    }

    #[test]
    fn a_panic_ends_the_process() {
        let (process, id) = shell("echo $$; sleep 300");
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _process = process;
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert!(ends_soon(&id));
    }

    #[test]
    fn the_end_of_the_starting_thread_does_not_end_the_process() {
        let (mut process, _) = thread::spawn(|| shell("echo $$; sleep 300")).join().unwrap();
        thread::sleep(Duration::from_millis(50));
        assert!(process.exit_status().unwrap().is_none());
    }
}
