//! Samples the uses of tokens, because measuring each use would cost more than the use itself.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{metric_names, metrics_facade};

/// One of this many uses on each thread is measured. A prime, so that each of several tokens that are used in turn is
/// sampled.
const SAMPLE_INTERVAL: u32 = 61;

thread_local! {
    static COUNTDOWN: Cell<u32> = const { Cell::new(SAMPLE_INTERVAL) };
}

/// Samples the uses of one token. The first use is always measured.
#[derive(Debug, Default)]
pub(crate) struct UsageSampler {
    used: AtomicBool,
}

impl UsageSampler {
    /// Reports a use of the token. Neither allocates nor calls the recorder unless the use is measured.
    #[inline]
    pub(crate) fn note(&self, left: impl FnOnce() -> Option<Duration>) {
        if metrics_facade::ENABLED && (self.is_first() || is_sampled()) {
            measure(left());
        }
    }

    /// Reads before writing, because threads share the flag.
    #[inline]
    fn is_first(&self) -> bool {
        !self.used.load(Ordering::Relaxed) && !self.used.swap(true, Ordering::Relaxed)
    }
}

#[inline]
fn is_sampled() -> bool {
    COUNTDOWN.with(|next| {
        let left = next.get() - 1;
        next.set(if left == 0 { SAMPLE_INTERVAL } else { left });
        left == 0
    })
}

#[cold]
fn measure(left: Option<Duration>) {
    if let Some(left) = left {
        metrics_facade::measure(metric_names::TOKEN_REMAINING_SECONDS, &[], left);
    }
}
