//! What the callers counted, read while they go on counting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Counters of the program's own calls. A cheap clone; all clones count together.
#[derive(Clone, Default)]
pub(super) struct Tally(Arc<Counters>);

#[derive(Default)]
struct Counters {
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

/// How a caller came by its authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Authorized {
    AtOnce,
    AfterWaiting,
}

macro_rules! counter {
    ($($(#[$doc:meta])* $name:ident),+) => {
        $($(#[$doc])* pub(super) fn $name(&self) -> u64 { self.0.$name.load(Ordering::SeqCst) })+
    };
}

impl Tally {
    counter! {
        /// Calls made.
        calls,
        /// Calls that did not succeed.
        failed,
        /// Calls that began and succeeded while the authorization server was down.
        outage_served,
        /// Steady callers that had to wait for a token.
        waited,
        /// Token requests sent.
        requests_sent,
        /// Token requests that brought no token.
        requests_failed
    }

    /// The longest time from asking for authorization to having the header, among steady callers; rounded up.
    pub(super) fn slowest_micros(&self) -> u64 {
        self.0.slowest_nanos.load(Ordering::SeqCst).div_ceil(1000)
    }

    /// Whether callers are in the steady part, whose authorizations are timed.
    pub(super) fn set_steady(&self, steady: bool) {
        self.0.steady.store(steady, Ordering::SeqCst);
    }

    /// Whether the authorization server is down.
    pub(super) fn set_outage(&self, outage: bool) {
        self.0.outage.store(outage, Ordering::SeqCst);
    }

    pub(super) fn is_outage(&self) -> bool {
        self.0.outage.load(Ordering::SeqCst)
    }

    pub(super) fn is_steady(&self) -> bool {
        self.0.steady.load(Ordering::SeqCst)
    }

    pub(super) fn authorized(&self, how: Authorized, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.0.slowest_nanos.fetch_max(nanos, Ordering::SeqCst);
        if how == Authorized::AfterWaiting {
            add(&self.0.waited);
        }
    }

    /// `in_outage`: the server was down from the call's begin to its end.
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
