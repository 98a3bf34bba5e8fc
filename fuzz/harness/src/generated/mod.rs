//! What holds of every SDK that is generated.

mod scopes;

use evergrant_openapi::Sdk;

/// The longest name of a file that file systems take, in bytes.
const LONGEST_NAME: usize = 255;

/// Its files are Rust and plain text below its directory, each in one place, and no name is there twice.
pub(crate) fn check(sdk: &Sdk) {
    let mut paths: Vec<&str> = sdk.files().map(|(path, _)| path).collect();
    paths.iter().for_each(|path| check_path(path));
    let count = paths.len();
    paths.sort_unstable_by_key(|path| path.to_lowercase());
    paths.dedup_by_key(|path| path.to_lowercase());
    assert_eq!(paths.len(), count, "two files are one on some file systems");
    for (path, text) in sdk.files().filter(|(path, _)| path.ends_with(".rs")) {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
        scopes::check(&file.items);
    }
    let module = syn::parse_file(sdk.module()).unwrap_or_else(|error| panic!("the module is not Rust: {error}"));
    scopes::check(&module.items);
}

fn check_path(path: &str) {
    let plain = path
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "/_.-".contains(letter));
    assert!(plain, "{path}");
    for part in path.split('/') {
        assert!(
            !part.is_empty() && part != "." && !part.contains("..") && part.len() <= LONGEST_NAME,
            "{path}"
        );
    }
}
