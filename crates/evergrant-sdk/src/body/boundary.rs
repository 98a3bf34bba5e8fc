//! What parts a form from the next one.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Not to be guessed by whoever wrote a part: standard hashing is keyed at random.
pub(super) fn boundary() -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let half = || RandomState::new().hash_one(number);
    format!("evergrant-{:016x}{:016x}", half(), half())
}
