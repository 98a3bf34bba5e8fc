//! The SDKs in `sdks/` are identical to the generated ones.

use std::path::Path;

use evergrant_openapi::{Document, Generator, Runtime};

#[test]
fn checked_in_sdks_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    for name in ["bookstore", "multiauth", "thingspace", "verizon-edge"] {
        let document = Document::read(&root.join(format!("sdks/{name}.yaml"))).unwrap();
        let generator = Generator::new(document).runtime(Runtime::Path("../../crates/evergrant-sdk".into()));
        let differences = generator
            .generate()
            .unwrap()
            .check(&root.join("sdks").join(name))
            .unwrap();
        assert!(
            differences.is_empty(),
            "sdks/{name} is not up to date; run `cargo xtask sdks`: {differences:?}"
        );
    }
}
