//! Reads the bodies of answers. A problem says where and what, and nothing of the answer's values.

mod content;
mod explain;

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

pub use self::content::Content;

/// Why a body cannot be read: what was expected, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    problem: String,
}

impl DecodeError {
    /// A problem of the whole body. Put nothing of the body into it.
    pub fn new(problem: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            problem: problem.into(),
        }
    }

    /// Where in the JSON text, such as `items[3].price`; empty for the whole of it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.problem)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for DecodeError {}

/// Reads JSON, after a byte order mark if there is one. An empty body is read as `null` where the type has room for nothing.
///
/// ```
/// use evergrant_sdk::decode;
/// # #[derive(Debug, serde::Deserialize)] struct Book { #[expect(dead_code, reason = "an example")] pages: u32 }
///
/// let problem = decode::json::<Vec<Book>>(&r#"[{"pages": 8}, {"pages": "many"}]"#.into()).unwrap_err();
/// assert_eq!(problem.to_string(), "[1].pages: expected u32, found text");
/// ```
///
/// # Errors
/// [`DecodeError`] when it is something else.
pub fn json<T: DeserializeOwned>(body: &Content) -> Result<T, DecodeError> {
    let text = body.in_utf8();
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
    if text.trim_ascii().is_empty() {
        let problem = |_| DecodeError::new("it is empty, and JSON was expected");
        return serde_json::from_slice(b"null").map_err(problem);
    }
    serde_json::from_slice(text).map_err(|error| {
        // Only messages of a type quote what it was given.
        if error.classify() != Category::Data {
            return DecodeError::new(format!("it is not JSON: {error}"));
        }
        explain::explain::<T>(text).unwrap_or_else(|| {
            let (line, column) = (error.line(), error.column());
            DecodeError::new(format!(
                "it is not the JSON that was expected, at line {line} column {column}"
            ))
        })
    })
}

/// Reads text.
///
/// # Errors
/// [`DecodeError`] when it is neither UTF-8 nor in the charset that it names.
pub fn text(body: &Content) -> Result<String, DecodeError> {
    String::from_utf8(body.in_utf8().into_owned()).map_err(|error| {
        let error = error.utf8_error();
        DecodeError::new(format!("it is not UTF-8 from byte {} on", error.valid_up_to()))
    })
}

/// Takes the body as it is, whatever its charset.
///
/// # Errors
/// None.
pub fn bytes(body: &Content) -> Result<Bytes, DecodeError> {
    Ok(body.bytes().clone())
}

/// Takes no notice of the body.
///
/// # Errors
/// None.
pub fn empty(_body: &Content) -> Result<(), DecodeError> {
    Ok(())
}
