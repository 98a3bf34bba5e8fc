//! A cached token with its deadlines and its complete header value.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

use super::token_deadlines::Deadlines;
use crate::metrics::UsageSampler;
use crate::runtime::Timestamp;
use crate::std_or_loom_sync::{AtomicBool, AtomicU64};
use crate::store::ChangeListener;
use crate::token::Token;
use crate::token_endpoint::ClientKeys;
use crate::token_generation::Generation;

/// How many threads can clone a header value without sharing a cache line.
const HEADER_COPIES: usize = 16;

pub(crate) struct Entry {
    token: Token,
    deadlines: Deadlines,
    /// Time since boot, in nanoseconds, before which no renewal starts: while one is in progress or has just failed.
    renewal_pause: AtomicU64,
    /// The token replaced one that an API rejected, and no API has accepted it yet.
    unproven: AtomicBool,
    /// The token was valid on arrival, so it serves later calls and not only those that waited.
    cached: bool,
    /// The token is bound to a key of the client, so each request needs more than the header.
    is_bound: bool,
    store: Option<StoreWatch>,
    uses: UsageSampler,
    header: SharedHeader,
}

/// Watches the token's record in the store.
struct StoreWatch {
    listener: ChangeListener,
    /// How many changes had been read, or were about to be.
    seen: AtomicU64,
}

impl Entry {
    /// `None` if the token is not valid in a header.
    pub(super) fn new(
        token: Token,
        deadlines: Deadlines,
        unproven: bool,
        now: Timestamp,
        keys: &ClientKeys,
    ) -> Option<Self> {
        let scheme = keys.proof.as_ref().map_or("Bearer", |proof| proof.scheme());
        let header = SharedHeader::new(scheme, token.access_token().expose())?;
        Some(Self {
            token,
            deadlines,
            renewal_pause: AtomicU64::new(0),
            unproven: AtomicBool::new(unproven),
            cached: deadlines.hard.is_none_or(|hard| !now.has_reached(hard)),
            is_bound: keys.are_required(),
            store: None,
            uses: UsageSampler::default(),
            header,
        })
    }

    /// Watches for changes in addition to the first `seen` ones, which were read before this token.
    pub(super) fn watching_store(mut self, listener: Option<&ChangeListener>, seen: u64) -> Self {
        self.store = listener.map(|listener| StoreWatch {
            listener: listener.clone(),
            seen: AtomicU64::new(seen),
        });
        self
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    pub(crate) fn generation(&self) -> Generation {
        self.token.generation()
    }

    /// Returns whether another process fetched the token.
    pub(super) fn is_adopted(&self) -> bool {
        self.token.store_metadata().is_some() && self.token.requested_at().is_none()
    }

    pub(super) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    #[inline]
    pub(super) fn uses(&self) -> &UsageSampler {
        &self.uses
    }

    #[inline]
    pub(super) fn is_bound(&self) -> bool {
        self.is_bound
    }

    /// Returns the header value: scheme and token.
    #[inline]
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.copy()
    }

    #[inline]
    pub(super) fn is_valid(&self, now: Timestamp) -> bool {
        self.deadlines.hard.is_none_or(|hard| !now.has_reached(hard))
    }

    /// Returns whether a call at this time should start a renewal or read the store.
    #[inline]
    pub(super) fn needs_renewal(&self, now: Timestamp) -> bool {
        self.is_renewal_due(now) || self.store_changed()
    }

    /// Returns whether the token is due for renewal, regardless of the store.
    #[inline]
    pub(super) fn is_renewal_due(&self, now: Timestamp) -> bool {
        self.deadlines.soft.is_some_and(|soft| now.has_reached(soft))
            && nanos(now) >= self.renewal_pause.load(Ordering::Relaxed)
    }

    /// Returns whether the record has changed since it was last read.
    #[inline]
    pub(super) fn store_changed(&self) -> bool {
        let store = self.store.as_ref();
        store.is_some_and(|store| store.listener.count() > store.seen.load(Ordering::Relaxed))
    }

    /// Marks this many changes as read.
    pub(super) fn mark_store_seen(&self, changes: u64) {
        if let Some(store) = &self.store {
            store.seen.store(changes, Ordering::Relaxed);
        }
    }

    pub(super) fn pause_renewal(&self, until: Timestamp) {
        self.renewal_pause.store(nanos(until), Ordering::Relaxed);
    }

    /// Returns how long no renewal starts.
    pub(super) fn renewal_pause(&self, now: Timestamp) -> Duration {
        Duration::from_nanos(self.renewal_pause.load(Ordering::Relaxed).saturating_sub(nanos(now)))
    }

    pub(super) fn was_cached(&self) -> bool {
        self.cached
    }

    pub(super) fn is_unproven(&self) -> bool {
        self.unproven.load(Ordering::Relaxed)
    }

    pub(super) fn mark_proven(&self) {
        self.unproven.store(false, Ordering::Relaxed);
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("token", &self.token)
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}

fn nanos(time: Timestamp) -> u64 {
    u64::try_from(time.since_boot().as_nanos()).unwrap_or(u64::MAX)
}

/// One header value over one zeroized buffer, with several reference counts: threads that clone a value with the same
/// count slow one another down threefold. Further counts are created when a thread first needs one.
struct SharedHeader {
    text: Arc<Zeroizing<Vec<u8>>>,
    first: HeaderValue,
    more: OnceLock<Box<[OnceLock<HeaderValue>]>>,
}

/// Aligned so that each value's reference count has its own pair of cache lines (adjacent lines are prefetched
/// together).
#[repr(align(128))]
struct Owner(Arc<Zeroizing<Vec<u8>>>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl SharedHeader {
    fn new(scheme: &str, token: &str) -> Option<Self> {
        let mut text = Zeroizing::new(Vec::with_capacity(scheme.len() + 1 + token.len()));
        text.extend_from_slice(scheme.as_bytes());
        text.push(b' ');
        text.extend_from_slice(token.as_bytes());
        let text = Arc::new(text);
        let first = value_over(&text)?;
        Some(Self {
            text,
            first,
            more: OnceLock::new(),
        })
    }

    #[inline]
    fn copy(&self) -> HeaderValue {
        let index = THREAD_INDEX.with(|index| *index) % HEADER_COPIES;
        if index == 0 {
            return self.first.clone();
        }
        let more = self
            .more
            .get_or_init(|| std::iter::repeat_with(OnceLock::new).take(HEADER_COPIES - 1).collect());
        more[index - 1]
            .get_or_init(|| value_over(&self.text).unwrap_or_else(|| self.first.clone()))
            .clone()
    }
}

static NEXT_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD_INDEX: usize = NEXT_THREAD.fetch_add(1, Ordering::Relaxed);
}

fn value_over(text: &Arc<Zeroizing<Vec<u8>>>) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(Owner(Arc::clone(text)))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use super::*;

    /// More threads than there are pairs of counts.
    #[test]
    fn all_threads_get_the_same_header() {
        let header = SharedHeader::new("Bearer", "not-a-real-token").unwrap();
        for _ in 0..=HEADER_COPIES * HEADER_COPIES {
            let copy = std::thread::scope(|scope| scope.spawn(|| header.copy()).join().unwrap());
            assert_eq!(copy, "Bearer not-a-real-token");
            assert!(copy.is_sensitive());
        }
    }

    #[test]
    fn debug_output_does_not_contain_the_token() {
        let now = Timestamp::new(std::time::UNIX_EPOCH, Duration::ZERO);
        let deadlines = Deadlines {
            soft: None,
            hard: None,
            lifetime: None,
            usable: None,
        };
        let token = Token::new("not-a-real-token");
        let keys = ClientKeys {
            proof: None,
            auth: "not-a-real-secret".into(),
        };
        let shown = format!("{:?}", Entry::new(token, deadlines, false, now, &keys).unwrap());
        assert!(shown.contains("Token") && !shown.contains("not-a-real"), "{shown}");
    }
}
