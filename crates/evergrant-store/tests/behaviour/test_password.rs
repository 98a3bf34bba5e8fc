//! A test password, its encodings, and checks that none of them appears in errors and logs.

use std::error::Error;
use std::fmt::Write as _;

use evergrant::store::{SharedStore, StoreError};
use store_faults::store_helpers::{key, load, swap};

pub(crate) const PASSWORD: &str = "Not+a/Real:Secret~42";
/// The password, percent-encoded for a URL.
pub(crate) const IN_URL: &str = "Not%2Ba%2FReal%3ASecret~42";

/// Returns encodings of the password that a server may use. Each of them reveals it.
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
        // JSON, HTML, separated letters, and reversed.
        "Not\\u002ba\\/Real:Secret~42".to_owned(),
        "Not&#43;a&#x2F;Real:Secret~42".to_owned(),
        "N.o.t.+.a./.R.e.a.l.:.S.e.c.r.e.t.~.4.2".to_owned(),
        PASSWORD.chars().rev().collect(),
    ]
}

/// Checks that a text has no encoding of the password, no control characters and a limited length.
pub(crate) fn assert_withheld(text: &str) {
    for form in forms() {
        assert!(!text.contains(&form), "{form} in {text}");
    }
    assert!(!text.contains(char::is_control) && text.len() < 2000, "{text:?}");
}

/// Checks all representations of an error and its sources.
pub(crate) fn assert_withheld_by(error: &StoreError) {
    assert_withheld(&format!("{error}"));
    assert_withheld(&format!("{error:?}"));
    let mut source = error.source();
    while let Some(cause) = source {
        assert_withheld(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
}

/// Checks that all operations fail and that their errors do not contain the password.
pub(crate) async fn assert_nothing_is_shown(store: &SharedStore) {
    assert_withheld_by(&load(store, &key("a")).await.unwrap_err());
    assert_withheld_by(&store.swap(&key("a"), swap(None, Some("record"))).await.unwrap_err());
    assert_withheld_by(&store.keys().await.unwrap_err());
    assert_withheld(&format!("{store:?}"));
}
