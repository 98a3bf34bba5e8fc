//! A process of ours and all its children, which end when we do, however we end.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus};
use std::sync::{LazyLock, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

/// A process group of its own; dropping it ends all that are in it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    farewell: Signal,
    over: bool,
}

const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(10);

impl Process {
    /// Starts a command made by [`command`]. `farewell` is the signal that asks the program to end; should it not heed that, it is
    /// killed.
    pub(crate) fn start(mut command: Command, farewell: Signal) -> io::Result<Self> {
        command.process_group(0);
        let child = spawn(command)?;
        Ok(Self {
            child,
            farewell,
            over: false,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard input and output, where they are pipes and were not taken before.
    pub(crate) fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        self.child.stdin.take().zip(self.child.stdout.take())
    }

    /// How the process ended, if it has.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Stops all, until they are resumed.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends all at once, and waits until they have.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        // It is killed; that it cannot be waited for changes nothing.
        let _ = self.child.wait();
        self.over = true;
    }

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let (Some(group), false) = (group, self.over) {
            // A group without members has nothing left to end.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        self.signal(self.farewell);
        // What is stopped would hear of it never.
        self.signal(Signal::CONT);
        for _ in 0..SHUTDOWN_LIMIT.as_millis() / STEP.as_millis() {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            thread::sleep(STEP);
        }
        self.kill();
    }
}

/// A command that runs `program` with nothing of our environment but what it needs, and that the kernel ends with this signal should
/// we be killed without a chance to clean up (util-linux's `setpriv`, where present).
pub(crate) fn command(program: &Path, last_signal: &str) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    let mut command = if setpriv.exists() {
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", last_signal, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8");
    command
}

/// Where a program is: in one of these folders, or else where `PATH` says. `packages` are Debian's that it is in.
pub(crate) fn program(name: &str, folders: &[&Path], packages: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().map(PathBuf::from).chain(std::env::split_paths(&path));
    match folders
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
    {
        Some(program) => Ok(program),
        None => bail!("there is no {name}; `apt-get install {packages}` installs it"),
    }
}

type Order = (Command, mpsc::Sender<io::Result<Child>>);

/// Starts it on a thread that never ends: the kernel ends a process when the thread that started it ends, and a test's does.
fn spawn(command: Command) -> io::Result<Child> {
    static ORDERS: LazyLock<Mutex<mpsc::Sender<Order>>> = LazyLock::new(|| {
        let (orders, received) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, outcome) in received {
                // Who gave the order waits for the outcome.
                let _ = outcome.send(command.spawn());
            }
        });
        Mutex::new(orders)
    });
    let (sender, outcome) = mpsc::channel();
    let gone = || io::Error::other("the thread that starts processes is gone");
    let orders = ORDERS.lock().unwrap_or_else(PoisonError::into_inner);
    orders.send((command, sender)).map_err(|_| gone())?;
    outcome.recv().unwrap_or_else(|_| Err(gone()))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::process::Stdio;

    use super::*;

    /// A shell that prints a line when it has got so far.
    fn shell(script: &str) -> (Process, String) {
        let mut command = command(Path::new("/bin/sh"), "KILL");
        command.args(["-c", script]).stdout(Stdio::piped());
        let mut process = Process::start(command, Signal::TERM).unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        (process, line.trim().to_owned())
    }

    /// Gone, or ended and not yet waited for by init.
    fn is_over_soon(process: &str) -> bool {
        (0..200).any(|_| {
            thread::sleep(STEP);
            let status = std::fs::read_to_string(Path::new("/proc").join(process).join("stat"));
            status.map_or(true, |status| status.contains(") Z "))
        })
    }

    #[test]
    fn dropping_it_ends_its_children_too() {
        let (process, child) = shell("sleep 300 & echo $!; wait");
        drop(process);
        assert!(is_over_soon(&child));
    }

    #[test]
    fn what_is_paused_ends_as_well() {
        let (process, id) = shell("echo $$; while true; do sleep 0.1; done");
        process.pause();
        drop(process);
        assert!(is_over_soon(&id));
    }

    #[test]
    fn a_panic_ends_it_too() {
        let (process, id) = shell("echo $$; sleep 300");
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _process = process;
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert!(is_over_soon(&id));
    }

    #[test]
    fn the_end_of_the_thread_that_asked_for_it_ends_nothing() {
        let (mut process, _) = thread::spawn(|| shell("echo $$; sleep 300")).join().unwrap();
        thread::sleep(STEP * 5);
        assert!(process.ended().unwrap().is_none());
    }

    #[test]
    fn a_missing_program_says_how_to_install_it() {
        let error = program("redis-serverless", &[], "redis-server").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no redis-serverless; `apt-get install redis-server` installs it"
        );
    }
}
