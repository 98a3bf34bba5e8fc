//! The processes that share a folder in other tests: this test program with a role in an environment variable.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use evergrant::store::{SharedStore, StoreErrorKind, StoreKey, SwapOutcome};
use evergrant_store::secure_file::LockedFile;

use super::support::{key, load, open, swap};

const ROLE: &str = "EVERGRANT_TEST_ROLE";
const FOLDER: &str = "EVERGRANT_TEST_FOLDER";
/// Distinguishes the lines of a worker from those of the test harness.
const PREFIX: &str = "worker: ";
const TIMEOUT: Duration = Duration::from_secs(60);

/// Number of increments of each counting worker, in two tasks.
pub(crate) const INCREMENTS: u64 = 2 * 25;

/// A running worker process. Dropping it kills the process.
pub(crate) struct WorkerProcess {
    child: Child,
    lines: Receiver<String>,
}

impl WorkerProcess {
    pub(crate) fn start(role: &str, folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "file::worker::worker"])
            .env(ROLE, role)
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        // Ends with the output of the worker.
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some((_, text)) = line.split_once(PREFIX) {
                    let _ = sender.send(text.to_owned());
                }
            }
        });
        Self { child, lines }
    }

    /// Waits for the next line of the worker.
    pub(crate) fn next_line(&self) -> String {
        self.lines.recv_timeout(TIMEOUT).expect("the worker prints a line")
    }

    /// Waits for the end of the worker and returns its last line.
    pub(crate) fn last_line(self) -> Option<String> {
        let last = &mut None;
        while let Ok(line) = self.lines.recv_timeout(TIMEOUT) {
            *last = Some(line);
        }
        last.take()
    }

    /// Kills the worker with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a process of other tests"]
async fn worker() {
    let (Ok(role), Ok(folder)) = (std::env::var(ROLE), std::env::var(FOLDER)) else {
        return;
    };
    let folder = PathBuf::from(folder);
    match role.as_str() {
        "count" => {
            let tasks = [0, 1].map(|_| tokio::spawn(count(open(&folder), key("counter"), INCREMENTS / 2)));
            for task in tasks {
                task.await.unwrap();
            }
        }
        "write" => write(open(&folder), key("written")).await,
        "hold" => {
            let path = folder.join(format!("{}.json", key("held")));
            let _locked = LockedFile::open(&path, Duration::ZERO).unwrap();
            print_line("locked");
            std::future::pending().await
        }
        role => panic!("unknown role {role}"),
    }
}

async fn count(store: SharedStore, key: StoreKey, times: u64) {
    for _ in 0..times {
        loop {
            let last = load(&store, &key).await.unwrap();
            let next = last.as_ref().map_or(0, |last| last.parse::<u64>().unwrap()) + 1;
            match swap(&store, &key, last.as_deref(), Some(&next.to_string())).await {
                Ok(SwapOutcome::Done) => break,
                Ok(SwapOutcome::Conflict) => {}
                // A timeout has written nothing.
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error}"),
            }
        }
    }
}

/// Writes records until the process is killed, and prints the number of each.
async fn write(store: SharedStore, key: StoreKey) {
    loop {
        let last = load(&store, &key).await.unwrap();
        let number = last.as_deref().map_or(0, |last| parse_record(last).unwrap()) + 1;
        let next = Some(record(number));
        let outcome = swap(&store, &key, last.as_deref(), next.as_deref()).await.unwrap();
        assert_eq!(outcome, SwapOutcome::Done);
        print_line(&number.to_string());
    }
}

/// Returns a record with a number, long enough to be written partially.
pub(crate) fn record(number: u64) -> String {
    format!("{number:08}").repeat(8 * 1024)
}

/// Returns the number of a record, or `None` if the record is incomplete.
pub(crate) fn parse_record(text: &str) -> Option<u64> {
    let number = text.get(..8)?.parse().ok()?;
    (text == record(number)).then_some(number)
}

fn print_line(text: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{PREFIX}{text}")
        .and_then(|()| output.flush())
        .unwrap();
}
