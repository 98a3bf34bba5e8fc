//! A whole description, from text to the files of an SDK.

use evergrant_openapi::{Document, Error, Generator};

use crate::generated;
use crate::input::Input;

/// Whatever a description says, what is generated is Rust in files below the package's directory.
pub fn openapi(data: &[u8]) {
    let text = Input::new(data).text();
    let document = match Document::parse("fuzzed.yaml", &text) {
        Ok(document) => document,
        Err(error) => return assert_refusal(&error),
    };
    let generator = Generator::new(document).name("fuzzed").allow_skip();
    match generator.generate() {
        Ok(sdk) => generated::check(&sdk),
        Err(error) => assert_refusal(&error),
    }
    match generator.inspect() {
        Ok(report) => assert!(!has_controls(&report.to_string())),
        Err(error) => assert_refusal(&error),
    }
}

/// A description is refused for what it is, in words that a terminal can show.
pub(crate) fn assert_refusal(error: &Error) {
    assert!(!matches!(error, Error::Internal(_)), "{error}");
    let text = error.to_string();
    assert!(!has_controls(&text), "{text:?}");
}

fn has_controls(text: &str) -> bool {
    text.contains(|letter: char| letter.is_control() && letter != '\n')
}
