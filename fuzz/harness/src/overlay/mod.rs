//! An overlay over a fixed description.

use std::io::{Seek as _, SeekFrom, Write as _};

use evergrant_openapi::{Document, Generator};
use tempfile::NamedTempFile;

use crate::generated;
use crate::input::Input;
use crate::openapi::assert_refusal;

const DESCRIPTION: &str = include_str!("description.yaml");

thread_local! {
    /// An overlay is read from a file. One serves for all inputs.
    static FILE: NamedTempFile = NamedTempFile::new().expect("a temporary file");
}

/// An overlay changes the description or is refused; what is generated then is as sound as without it.
pub fn overlay(data: &[u8]) {
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
        return assert_refusal(&error);
    }
    match Generator::new(document).name("overlaid").allow_skip().generate() {
        Ok(sdk) => generated::check(&sdk),
        Err(error) => assert_refusal(&error),
    }
}
