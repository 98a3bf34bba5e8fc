//! An overlay applied to a fixed description.

use std::io::{Seek as _, SeekFrom, Write as _};

use evergrant_openapi::{Document, Generator};
use tempfile::NamedTempFile;

use crate::generated_sdk;
use crate::fuzz_input::Input;
use crate::openapi::assert_rejection;

const DESCRIPTION: &str = include_str!("description.yaml");

thread_local! {
    /// Overlays are read from a file; this one is shared by all inputs.
    static FILE: NamedTempFile = NamedTempFile::new().expect("a temporary file");
}

/// An overlay changes the description or is rejected; the generated SDK is valid in both cases.
pub fn openapi_overlay(data: &[u8]) {
    let text = Input::new(data).text();
    let mut document = Document::parse("description.yaml", DESCRIPTION).expect("a description");
    let outcome = FILE.with(|named| {
        let mut file = named.as_file();
        file.set_len(0).expect("a temporary file");
        file.seek(SeekFrom::Start(0)).expect("a temporary file");
        file.write_all(text.as_bytes()).expect("a temporary file");
        document.overlay(named.path())
    });
    if let Err(error) = outcome {
        return assert_rejection(&error);
    }
    match Generator::new(document).name("overlaid").allow_skip().generate() {
        Ok(sdk) => generated_sdk::check(&sdk),
        Err(error) => assert_rejection(&error),
    }
}
