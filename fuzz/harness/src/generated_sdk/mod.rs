//! Properties of every generated SDK.

mod duplicate_names;

use std::collections::HashSet;

use evergrant_openapi::Sdk;

/// Maximum length of a file name, in bytes.
const MAX_NAME_LENGTH: usize = 255;

/// Panics unless the files are Rust and plain text below the SDK's directory, with unique paths, and no name is
/// declared twice.
pub(crate) fn check(sdk: &Sdk) {
    let mut paths = HashSet::new();
    for (path, _) in sdk.files() {
        check_path(path);
        assert!(
            paths.insert(path.to_lowercase()),
            "{path} differs from another path only in case"
        );
    }
    // The module contains the items of all files, each file's in its own module.
    let module = syn::parse_file(sdk.module()).unwrap_or_else(|error| panic!("the module is not Rust: {error}"));
    duplicate_names::check(&module.items);
}

fn check_path(path: &str) {
    let plain = path
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "/_.-".contains(letter));
    assert!(plain, "{path}");
    for part in path.split('/') {
        let is_valid = !part.is_empty() && part != "." && !part.contains("..") && part.len() <= MAX_NAME_LENGTH;
        assert!(is_valid && !is_device(part), "{path}");
    }
}

/// Returns whether this is a device name of Windows, which it is with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || numbered.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
}
