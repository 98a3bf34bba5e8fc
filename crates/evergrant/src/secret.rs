//! Secret text, which is zeroized when its last clone is dropped, and redacted in `Debug`.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use zeroize::Zeroizing;

/// A secret text, such as a client secret, a token or a password.
///
/// Clones share one buffer, which is zeroized when the last clone is dropped. Only [`expose`](Secret::expose) returns
/// the text: the `Debug` output is `[redacted]`, and the type implements neither `Display` nor `Serialize`.
///
/// `Deserialize` takes the text itself as the secret. It never interprets the text as the name of an environment
/// variable or a file, because the text may come from an untrusted source, such as a request. For configuration files
/// with such references, use `evergrant_profile::deserialize_secret`. The parser's own copies of the text are not
/// zeroized, and the error messages of some parsers contain the text.
///
/// ```
/// let secret = evergrant::Secret::from("not-a-real-secret");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "not-a-real-secret");
/// ```
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Creates a secret. If `text` is a `String`, its buffer is reused, and zeroized later. Copies of the text that the
    /// caller has made before are not zeroized.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// Returns the secret text. Do not log it or put it into a URL.
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

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A parser that is asked for text shows any other value in its error.
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_any(Text),
            false => deserializer.deserialize_string(Text),
        }
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of a secret")
    }

    fn visit_str<E>(self, text: &str) -> Result<Secret, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Secret, E> {
        Ok(text.into())
    }

    // The messages of other types contain the value, unless it is replaced.
    fn visit_bool<E: Error>(self, _: bool) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other("boolean"), &self))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other("integer"), &self))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other("integer"), &self))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other("number"), &self))
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other("bytes"), &self))
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
    fn a_secret_is_deserialized_from_its_text() {
        let secret: Secret = serde_json::from_str(r#""not-a-real-\u0073ecret""#).expect("text");
        assert_eq!(secret.expose(), "not-a-real-secret");
        let reference: Secret = serde_json::from_str(r#""file:/etc/passwd""#).expect("text");
        assert_eq!(reference.expose(), "file:/etc/passwd");
    }

    #[test]
    fn the_error_of_a_value_that_is_not_text_does_not_show_it() {
        for value in ["20261121", "-20261121", "20261121.5", "true"] {
            let error = serde_json::from_str::<Secret>(value).expect_err("not text").to_string();
            assert!(error.contains("expected the text of a secret"), "{error}");
            assert!(!error.contains("2026") && !error.contains("true"), "{error}");
        }
    }

    #[test]
    fn debug_output_does_not_contain_the_secret() {
        let secret = Secret::from("not-a-real-secret");
        assert_eq!(
            format!("{secret:?} {:?}", Some(secret.clone())),
            "[redacted] Some([redacted])"
        );
    }
}
