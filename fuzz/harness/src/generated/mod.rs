//! What holds of every SDK that is generated.

mod scopes;

use std::collections::HashSet;

use evergrant_openapi::Sdk;

/// The longest name of a file that file systems take, in bytes.
const LONGEST_NAME: usize = 255;

/// Its files are Rust and plain text below its directory, each in one place, and no name is there twice.
pub(crate) fn check(sdk: &Sdk) {
    let mut paths = HashSet::new();
    for (path, _) in sdk.files() {
        check_path(path);
        assert!(
            paths.insert(path.to_lowercase()),
            "{path} is another file too, where case does not count"
        );
    }
    // The module has the items of all files, each file's in a module of its own.
    let module = syn::parse_file(sdk.module()).unwrap_or_else(|error| panic!("the module is not Rust: {error}"));
    scopes::check(&module.items);
}

fn check_path(path: &str) {
    let plain = path
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "/_.-".contains(letter));
    assert!(plain, "{path}");
    for part in path.split('/') {
        let sound = !part.is_empty() && part != "." && !part.contains("..") && part.len() <= LONGEST_NAME;
        assert!(sound && !is_device(part), "{path}");
    }
}

/// Windows has devices under these names, whatever comes behind the dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || numbered.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
}
