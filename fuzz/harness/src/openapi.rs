//! A complete description, from text to the files of an SDK.

use evergrant_openapi::{Document, Error, Generator};

use crate::generated_sdk;
use crate::fuzz_input::Input;

/// Any description results in Rust files below the package's directory, or in an error.
pub fn openapi(data: &[u8]) {
    let text = Input::new(data).text();
    let document = match Document::parse("fuzzed.yaml", &text) {
        Ok(document) => document,
        Err(error) => return assert_rejection(&error),
    };
    let generator = Generator::new(document).name("fuzzed").allow_skip();
    match generator.generate() {
        Ok(sdk) => generated_sdk::check(&sdk),
        Err(error) => assert_rejection(&error),
    }
    match generator.inspect() {
        Ok(report) => assert!(!has_controls(&report.to_string())),
        Err(error) => assert_rejection(&error),
    }
}

/// Panics if the error is internal or not printable.
pub(crate) fn assert_rejection(error: &Error) {
    assert!(!matches!(error, Error::Internal(_)), "{error}");
    let text = error.to_string();
    assert!(!has_controls(&text), "{text:?}");
}

fn has_controls(text: &str) -> bool {
    text.contains(|letter: char| letter.is_control() && letter != '\n')
}
