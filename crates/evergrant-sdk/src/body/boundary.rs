//! Generates boundaries of multipart forms.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Returns a unique boundary. Authors of parts cannot guess it, because the hasher of the standard library has random
/// keys.
pub(super) fn boundary() -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let half = || RandomState::new().hash_one(number);
    format!("evergrant-{:016x}{:016x}", half(), half())
}
