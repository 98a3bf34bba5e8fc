//! Text that must not be seen: wiped from memory with its last clone, and redacted wherever it could be printed.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A client secret, a token, a password.
///
/// Cloning shares one buffer, which is overwritten when the last clone goes. `Debug` prints `[redacted]`, and there is
/// neither `Display` nor a serializer: the text comes out through [`expose`](Secret::expose) alone.
///
/// ```
/// let secret = evergrant::Secret::from("not-a-real-secret");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "not-a-real-secret");
/// ```
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes over a text. The `String`'s own buffer is the one that is wiped later; earlier copies are the caller's.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// The text itself. Do not log it, and do not put it into a URL.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether an `Authorization: Bearer` header can carry it (RFC 6750 section 2.1).
    pub(crate) fn fits_header(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| (0x21..=0x7E).contains(&byte))
    }

    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
