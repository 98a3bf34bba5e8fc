//! The processes that share a folder in other tests: this program once more, in a role that its environment gives it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use evergrant::store::{SharedStore, StoreErrorKind, StoreKey, SwapOutcome};
use evergrant_store::private_file::LockedFile;

use crate::support::{key, load, open, swap};

const ROLE: &str = "EVERGRANT_TEST_ROLE";
const FOLDER: &str = "EVERGRANT_TEST_FOLDER";
/// Marks a member's lines among what the test harness prints.
const MARK: &str = "member: ";
const PATIENCE: Duration = Duration::from_secs(60);

/// What each counting member adds, in two tasks.
pub(crate) const INCREMENTS: u64 = 2 * 25;

/// A running member. Killed when dropped.
pub(crate) struct Member {
    child: Child,
    lines: Receiver<String>,
}

impl Member {
    pub(crate) fn start(role: &str, folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "member::member"])
            .env(ROLE, role)
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        // Ends with the member's output.
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some((_, said)) = line.split_once(MARK) {
                    let _ = sender.send(said.to_owned());
                }
            }
        });
        Self { child, lines }
    }

    /// The next thing that it says.
    pub(crate) fn said(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a member says something")
    }

    /// The last thing that it said, once it is gone.
    pub(crate) fn last_said(self) -> Option<String> {
        let last = &mut None;
        while let Ok(said) = self.lines.recv_timeout(PATIENCE) {
            *last = Some(said);
        }
        last.take()
    }

    /// With SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a process of other tests"]
async fn member() {
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
            say("locked");
            std::future::pending().await
        }
        role => panic!("there is no role {role}"),
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
                // Nothing was written then.
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error}"),
            }
        }
    }
}

/// Until it is killed. Says which record it has written.
async fn write(store: SharedStore, key: StoreKey) {
    loop {
        let last = load(&store, &key).await.unwrap();
        let number = last.as_deref().map_or(0, |last| number_in(last).unwrap()) + 1;
        let next = Some(record(number));
        let outcome = swap(&store, &key, last.as_deref(), next.as_deref()).await.unwrap();
        assert_eq!(outcome, SwapOutcome::Done);
        say(&number.to_string());
    }
}

/// Long enough for a part of it to be written, and telling from any other.
pub(crate) fn record(number: u64) -> String {
    format!("{number:08}").repeat(8 * 1024)
}

/// `None` when it is not a whole record.
pub(crate) fn number_in(text: &str) -> Option<u64> {
    let number = text.get(..8)?.parse().ok()?;
    (text == record(number)).then_some(number)
}

fn say(text: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{MARK}{text}").and_then(|()| output.flush()).unwrap();
}
