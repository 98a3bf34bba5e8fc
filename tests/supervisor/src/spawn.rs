//! Starts processes on a thread that never ends. The kernel ends a process when the thread that started it ends, and
//! the threads of tests end.

use std::io;
use std::process::{Child, Command};
use std::sync::{LazyLock, Mutex, PoisonError, mpsc};
use std::thread;

type SpawnRequest = (Command, mpsc::Sender<io::Result<Child>>);

pub(crate) fn spawn(command: Command) -> io::Result<Child> {
    static REQUESTS: LazyLock<Mutex<mpsc::Sender<SpawnRequest>>> = LazyLock::new(|| {
        let (requests, receiver) = mpsc::channel::<SpawnRequest>();
        thread::spawn(move || {
            for (mut command, outcome) in receiver {
                // The caller waits for the outcome.
                let _ = outcome.send(command.spawn());
            }
        });
        Mutex::new(requests)
    });
    let (sender, outcome) = mpsc::channel();
    let gone = || io::Error::other("the thread that starts processes has ended");
    let requests = REQUESTS.lock().unwrap_or_else(PoisonError::into_inner);
    requests.send((command, sender)).map_err(|_| gone())?;
    outcome.recv().unwrap_or_else(|_| Err(gone()))
}
