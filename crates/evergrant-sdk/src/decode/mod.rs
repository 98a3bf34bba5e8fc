//! Functions that decode response bodies. Their errors name the position and the expected type, and contain no values
//! of the response. [`Expect::new`](crate::Expect::new) takes such a function.

mod body_charset;
pub(crate) mod error;
mod explain;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

pub use self::body_charset::Content;
use self::error::DecodeError;
use crate::integer::{Integers, Lenient};

/// Deserializes a response body from JSON, with or without a byte order mark. An empty body is treated as `null`.
///
/// ```
/// use evergrant_sdk::decode;
/// # #[derive(Debug, serde::Deserialize)] struct Book { #[expect(dead_code, reason = "an example")] pages: u32 }
///
/// let problem = decode::json::<Vec<Book>>(&r#"[{"pages": 8}, {"pages": "many"}]"#.into()).unwrap_err();
/// assert_eq!(problem.to_string(), "[1].pages: expected u32, found a string");
/// ```
///
/// # Errors
/// Returns a [`DecodeError`] if the body is not valid JSON or does not match `T`.
pub fn json<T: DeserializeOwned>(body: &Content) -> Result<T, DecodeError> {
    let text = body.in_utf8();
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
    if text.trim_ascii().is_empty() {
        let problem = |_| DecodeError::new("the body is empty; expected JSON");
        return serde_json::from_slice(b"null").map_err(problem);
    }
    serde_json::from_slice(text).map_err(|error| {
        // Only errors of this category quote values.
        if error.classify() != Category::Data {
            return DecodeError::new(format!("the body is not valid JSON: {error}"));
        }
        explain::explain::<T>(text).unwrap_or_else(|| {
            let (line, column) = (error.line(), error.column());
            DecodeError::new(format!(
                "the body is not the expected JSON, at line {line} column {column}"
            ))
        })
    })
}

/// Deserializes the body like [`json`], for types that consist of integers. Each integer may be written with a fraction
/// of zero, such as `5.0`.
///
/// # Errors
/// Returns a [`DecodeError`] if the body is not valid JSON or does not match `T`.
pub fn integers<T: Integers>(body: &Content) -> Result<T, DecodeError> {
    json::<Lenient<T>>(body).map(|lenient| lenient.0)
}

/// Decodes a response body as text in the charset of its `Content-Type`, by default UTF-8.
///
/// # Errors
/// Returns a [`DecodeError`] if the body is not valid text in this charset.
pub fn text(body: &Content) -> Result<String, DecodeError> {
    String::from_utf8(body.in_utf8().into_owned()).map_err(|error| {
        let error = error.utf8_error();
        DecodeError::new(format!("the body is not valid UTF-8 at byte {}", error.valid_up_to()))
    })
}

/// Returns the bytes of a response body unchanged, regardless of its charset.
///
/// # Errors
/// This function never fails.
pub fn bytes(body: &Content) -> Result<Bytes, DecodeError> {
    Ok(body.bytes().clone())
}

/// Ignores a response body. Use this function for responses without content.
///
/// # Errors
/// This function never fails.
pub fn empty(_body: &Content) -> Result<(), DecodeError> {
    Ok(())
}
