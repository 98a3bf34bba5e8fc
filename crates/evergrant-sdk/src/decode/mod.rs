//! Reads the bodies of answers. A problem says where and what, and nothing of the answer's values.

mod explain;

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Why a body cannot be read: what was expected, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl std::error::Error for DecodeError {}

/// Reads JSON.
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
pub fn json<T: DeserializeOwned>(body: &Bytes) -> Result<T, DecodeError> {
    serde_json::from_slice(body).map_err(|error| {
        if body.is_empty() {
            return DecodeError::new("it is empty, and JSON was expected");
        }
        // Only messages of a type quote what it was given.
        if error.classify() != Category::Data {
            return DecodeError::new(format!("it is not JSON: {error}"));
        }
        explain::explain::<T>(body).unwrap_or_else(|| {
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
/// [`DecodeError`] when it is not UTF-8.
pub fn text(body: &Bytes) -> Result<String, DecodeError> {
    match std::str::from_utf8(body) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(DecodeError::new(format!(
            "it is not UTF-8 from byte {} on",
            error.valid_up_to()
        ))),
    }
}

/// Takes the body as it is.
///
/// # Errors
/// None.
pub fn bytes(body: &Bytes) -> Result<Bytes, DecodeError> {
    Ok(body.clone())
}

/// Takes no notice of the body.
///
/// # Errors
/// None.
pub fn empty(_body: &Bytes) -> Result<(), DecodeError> {
    Ok(())
}
