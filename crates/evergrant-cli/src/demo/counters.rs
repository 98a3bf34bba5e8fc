//! Counters of the callers, which can be read at any time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Counters of calls and token requests. Clones are cheap and share the counts.
#[derive(Clone, Default)]
pub(super) struct Counters(Arc<Inner>);

#[derive(Default)]
struct Inner {
    calls: AtomicU64,
    failed: AtomicU64,
    outage_served: AtomicU64,
    waited: AtomicU64,
    slowest_nanos: AtomicU64,
    steady: AtomicBool,
    outage: AtomicBool,
    requests_sent: AtomicU64,
    requests_failed: AtomicU64,
}

/// How a caller got its authorization header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Authorized {
    Immediately,
    AfterWait,
}

macro_rules! counter {
    ($($(#[$doc:meta])* $name:ident),+) => {
        $($(#[$doc])* pub(super) fn $name(&self) -> u64 { self.0.$name.load(Ordering::SeqCst) })+
    };
}

impl Counters {
    counter! {
        /// Calls made.
        calls,
        /// Failed calls.
        failed,
        /// Calls that started and succeeded while the authorization server was down.
        outage_served,
        /// Steady callers that had to wait for a token.
        waited,
        /// Token requests sent.
        requests_sent,
        /// Token requests that failed.
        requests_failed
    }

    /// The longest time in which a steady caller got its authorization header, rounded up.
    pub(super) fn slowest_micros(&self) -> u64 {
        self.0.slowest_nanos.load(Ordering::SeqCst).div_ceil(1000)
    }

    /// Sets whether authorizations are timed.
    pub(super) fn set_steady(&self, steady: bool) {
        self.0.steady.store(steady, Ordering::SeqCst);
    }

    /// Sets whether the authorization server is down.
    pub(super) fn set_outage(&self, outage: bool) {
        self.0.outage.store(outage, Ordering::SeqCst);
    }

    pub(super) fn is_outage(&self) -> bool {
        self.0.outage.load(Ordering::SeqCst)
    }

    pub(super) fn is_steady(&self) -> bool {
        self.0.steady.load(Ordering::SeqCst)
    }

    pub(super) fn authorized(&self, outcome: Authorized, elapsed: Duration) {
        let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        self.0.slowest_nanos.fetch_max(nanos, Ordering::SeqCst);
        if outcome == Authorized::AfterWait {
            add(&self.0.waited);
        }
    }

    /// Counts a call. `in_outage`: the server was down from its start to its end.
    pub(super) fn called(&self, succeeded: bool, in_outage: bool) {
        add(&self.0.calls);
        match (succeeded, in_outage) {
            (false, _) => add(&self.0.failed),
            (true, true) => add(&self.0.outage_served),
            (true, false) => {}
        }
    }

    pub(super) fn requested(&self, succeeded: bool) {
        add(&self.0.requests_sent);
        if !succeeded {
            add(&self.0.requests_failed);
        }
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::SeqCst);
}
