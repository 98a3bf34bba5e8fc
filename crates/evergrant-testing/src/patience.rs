//! The limit to every wait in this crate: a test that waits for something that never comes fails, and does not hang.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};

/// Longest wait for what should come, in real time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// `future`'s output, or `None` once [`PATIENCE`] is exhausted: in real time, even where the test's own runtime has paused
/// its clock, has no timer, or is not tokio's.
pub(crate) async fn patiently<F: Future>(future: F) -> Option<F::Output> {
    let timeout = {
        let _entered = TIMER.enter();
        tokio::time::timeout(PATIENCE, future)
    };
    timeout.await.ok()
}

static TIMER: LazyLock<Handle> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without I/O");
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("evergrant-testing-timer".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .expect("a thread");
    handle
});
