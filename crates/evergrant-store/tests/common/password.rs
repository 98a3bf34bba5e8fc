//! A password that a server knows, the ways to write it, and the places where none of them may appear.

use std::error::Error;
use std::fmt::Write as _;

use evergrant::store::StoreError;

pub(crate) const PASSWORD: &str = "Not+a/Real:Secret~42";
/// As a URL has it.
pub(crate) const IN_URL: &str = "Not%2Ba%2FReal%3ASecret~42";

/// The password as a server may write it. Whoever finds one of these knows it.
pub(crate) fn forms() -> Vec<String> {
    let hex = PASSWORD.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    vec![
        PASSWORD.to_owned(),
        PASSWORD.to_uppercase(),
        PASSWORD.to_lowercase(),
        IN_URL.to_owned(),
        IN_URL.to_lowercase(),
        "Not%252Ba%252FReal%253ASecret~42".to_owned(),
        // Base64, base64url and hexadecimal.
        "Tm90K2EvUmVhbDpTZWNyZXR+NDI=".to_owned(),
        "Tm90K2EvUmVhbDpTZWNyZXR-NDI".to_owned(),
        hex,
        // JSON, HTML, and quoted letter by letter.
        "Not\\u002ba\\/Real:Secret~42".to_owned(),
        "Not&#43;a&#x2F;Real:Secret~42".to_owned(),
        "N.o.t.+.a./.R.e.a.l.:.S.e.c.r.e.t.~.4.2".to_owned(),
        PASSWORD.chars().rev().collect(),
    ]
}

/// None of the forms, nor anything that a terminal would obey, nor a text without end.
pub(crate) fn is_withheld(text: &str) {
    for form in forms() {
        assert!(!text.contains(&form), "{form} in {text}");
    }
    assert!(!text.contains(char::is_control) && text.len() < 2000, "{text:?}");
}

/// In an error, however it is shown.
pub(crate) fn is_withheld_by(error: &StoreError) {
    is_withheld(&format!("{error}"));
    is_withheld(&format!("{error:?}"));
    let mut source = error.source();
    while let Some(cause) = source {
        is_withheld(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
}
