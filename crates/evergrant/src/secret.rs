//! Secret text, which is zeroized when its last clone is dropped, and redacted in `Debug`.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A secret text, such as a client secret, a token or a password.
///
/// Clones share one buffer, which is zeroized when the last clone is dropped. `Debug` prints `[redacted]`, and there is
/// no `Display` and no serialization: only [`expose`](Secret::expose) returns the text.
///
/// ```
/// let secret = evergrant::Secret::from("not-a-real-secret");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "not-a-real-secret");
/// ```
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Creates a secret. The buffer of a `String` is reused and zeroized later; the caller is responsible for earlier
    /// copies.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// Returns the text. Do not log it or put it into a URL.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether the text is valid in an `Authorization: Bearer` header (RFC 6750 section 2.1).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_does_not_contain_the_secret() {
        let secret = Secret::from("not-a-real-secret");
        assert_eq!(
            format!("{secret:?} {:?}", Some(secret.clone())),
            "[redacted] Some([redacted])"
        );
    }
}
