//! An installed token: its deadlines, its generation, and its ready-made header values.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

use super::deadline::Deadlines;
use crate::metrics::Uses;
use crate::runtime::Timestamp;
use crate::store::ChangeListener;
use crate::sync::{AtomicBool, AtomicU64};
use crate::token::{Generation, Token};

/// How many threads can copy a header value without writing to one another's cache lines.
const COPIES: usize = 16;

pub(crate) struct Entry {
    token: Token,
    deadlines: Deadlines,
    /// Time since boot, in nanoseconds, before which no renewal is to be started: while one is under way or has just failed.
    renewal_pause: AtomicU64,
    /// The token replaced one that an API refused, and nothing is known of how it fared itself.
    unproven: AtomicBool,
    /// It was good for calls to come when it arrived, and not only for those that waited.
    cached: bool,
    news: Option<News>,
    uses: Uses,
    header: SharedHeader,
}

/// What a store tells of this token.
struct News {
    listener: ChangeListener,
    /// How many changes had been looked at, or were about to be.
    seen: AtomicU64,
}

impl Entry {
    /// `None` when the token cannot go into a header.
    pub(super) fn new(token: Token, deadlines: Deadlines, unproven: bool, now: Timestamp) -> Option<Self> {
        let header = SharedHeader::bearer(token.access_token().expose())?;
        Some(Self {
            token,
            deadlines,
            renewal_pause: AtomicU64::new(0),
            unproven: AtomicBool::new(unproven),
            cached: deadlines.hard.is_none_or(|hard| !now.has_reached(hard)),
            news: None,
            uses: Uses::default(),
            header,
        })
    }

    /// With an ear for changes beyond those that were seen before the token was looked for.
    pub(super) fn with_news(mut self, listener: Option<&ChangeListener>, seen: u64) -> Self {
        self.news = listener.map(|listener| News {
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

    /// Whether another process fetched it.
    pub(super) fn is_adopted(&self) -> bool {
        self.token.share().is_some() && self.token.requested_at().is_none()
    }

    pub(super) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    #[inline]
    pub(super) fn uses(&self) -> &Uses {
        &self.uses
    }

    #[inline]
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.copy()
    }

    #[inline]
    pub(super) fn is_valid(&self, now: Timestamp) -> bool {
        self.deadlines.hard.is_none_or(|hard| !now.has_reached(hard))
    }

    /// Whether a call at this time should start a renewal.
    #[inline]
    pub(super) fn wants_renewal(&self, now: Timestamp) -> bool {
        self.is_due(now) || self.has_news()
    }

    /// Whether its time has come, whatever the store says.
    #[inline]
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.deadlines.soft.is_some_and(|soft| now.has_reached(soft))
            && nanos(now) >= self.renewal_pause.load(Ordering::Relaxed)
    }

    /// Whether the store has changed since it was looked at.
    #[inline]
    pub(super) fn has_news(&self) -> bool {
        let news = self.news.as_ref();
        news.is_some_and(|news| news.listener.count() > news.seen.load(Ordering::Relaxed))
    }

    /// The store is being looked at, or need not be.
    pub(super) fn see(&self, changes: u64) {
        if let Some(news) = &self.news {
            news.seen.store(changes, Ordering::Relaxed);
        }
    }

    pub(super) fn pause_renewal(&self, until: Timestamp) {
        self.renewal_pause.store(nanos(until), Ordering::Relaxed);
    }

    /// For how long no renewal is to be started.
    pub(super) fn renewal_pause(&self, now: Timestamp) -> Duration {
        Duration::from_nanos(self.renewal_pause.load(Ordering::Relaxed).saturating_sub(nanos(now)))
    }

    pub(super) fn was_cached(&self) -> bool {
        self.cached
    }

    pub(super) fn is_unproven(&self) -> bool {
        self.unproven.load(Ordering::Relaxed)
    }

    pub(super) fn prove(&self) {
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

/// One header value over one wiped buffer, with several reference counts: cloning a value writes to its count, and
/// threads that share a count slow one another down threefold. The further counts are made when a thread first needs one.
struct SharedHeader {
    text: Arc<Zeroizing<Vec<u8>>>,
    first: HeaderValue,
    more: OnceLock<Box<[OnceLock<HeaderValue>]>>,
}

/// Aligned, so that each value's reference count has a cache line (and its neighbour, which is fetched with it) to itself.
#[repr(align(128))]
struct Owner(Arc<Zeroizing<Vec<u8>>>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl SharedHeader {
    fn bearer(token: &str) -> Option<Self> {
        let mut text = Zeroizing::new(Vec::with_capacity("Bearer ".len() + token.len()));
        text.extend_from_slice(b"Bearer ");
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
        let index = THREAD_INDEX.with(|index| *index) % COPIES;
        if index == 0 {
            return self.first.clone();
        }
        let more = self
            .more
            .get_or_init(|| std::iter::repeat_with(OnceLock::new).take(COPIES - 1).collect());
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
