//! Which uses of a token are measured: a few, as measuring costs more than the use does.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{facade, name};

/// Of so many uses on one thread, one is measured. A prime, so that where several tokens are used in turn, each has its turn here.
const SAMPLE: u32 = 61;

thread_local! {
    static UNTIL_NEXT: Cell<u32> = const { Cell::new(SAMPLE) };
}

/// The uses of one token: the first one is always measured.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    begun: AtomicBool,
}

impl Uses {
    /// A call goes out with the token. Allocates nothing, and asks no recorder, but for a use that is measured.
    #[inline]
    pub(crate) fn note(&self, left: impl FnOnce() -> Option<Duration>) {
        if facade::ENABLED && (self.begins() || is_sampled()) {
            measure(left());
        }
    }

    /// Read before it is written, as the threads share it.
    #[inline]
    fn begins(&self) -> bool {
        !self.begun.load(Ordering::Relaxed) && !self.begun.swap(true, Ordering::Relaxed)
    }
}

#[inline]
fn is_sampled() -> bool {
    UNTIL_NEXT.with(|next| {
        let left = next.get() - 1;
        next.set(if left == 0 { SAMPLE } else { left });
        left == 0
    })
}

#[cold]
fn measure(left: Option<Duration>) {
    if let Some(left) = left {
        facade::measure(name::TOKEN_REMAINING_SECONDS, &[], left);
    }
}
