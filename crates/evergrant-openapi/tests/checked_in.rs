//! The SDKs in `sdks/` are what their descriptions in `specs/` generate, to the byte.

use std::path::Path;

use evergrant_openapi::{Document, Generator, Runtime};

#[test]
fn the_checked_in_sdks_are_what_their_descriptions_generate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    for name in ["bookstore", "multiauth", "thingspace", "verizon-edge"] {
        let document = Document::read(&root.join(format!("specs/{name}.yaml"))).unwrap();
        let generator = Generator::new(document).runtime(Runtime::Path("../../crates/evergrant-sdk".into()));
        let differences = generator
            .generate()
            .unwrap()
            .check(&root.join("sdks").join(name))
            .unwrap();
        assert!(
            differences.is_empty(),
            "sdks/{name} is not what its description generates; run `cargo xtask sdks`: {differences:?}"
        );
    }
}
