//! The time limit of every wait in this crate: a test whose condition never holds fails instead of hanging.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};

/// Maximum duration of a wait, in real time.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// Returns the output of `future`, or `None` after [`TIMEOUT`]. The limit is real time even if the test's runtime has a
/// paused clock, has no timer or is not tokio.
pub(crate) async fn with_timeout<F: Future>(future: F) -> Option<F::Output> {
    let timeout = {
        let _entered = TIMER.enter();
        tokio::time::timeout(TIMEOUT, future)
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
