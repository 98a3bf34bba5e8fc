//! Overlays, names and options: what changes a generation without a change of the description.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

use std::fs;
use std::path::PathBuf;

use evergrant_openapi::{Difference, Document, Error, Generator, Sdk};

const DESCRIPTION: &str = r#"
openapi: 3.0.3
info: { title: Example API, version: "2.1" }
servers: [{ url: "https://api.example.com" }]
security: [{ machine: [items.read] }]
paths:
  /items:
    get: { operationId: listItems, tags: [items], responses: { "200": { description: All of them., content: { text/plain: {} } } } }
  /old:
    get: { operationId: old, security: [{ digest: [] }], responses: { "204": { description: Nothing. } } }
components:
  securitySchemes:
    digest: { type: http, scheme: digest }
    machine: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://auth.example.com/token", scopes: { items.read: Read. } } } }
"#;

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn described() -> Generator {
    Generator::new(Document::parse("example.yaml", DESCRIPTION).unwrap())
}

fn text<'s>(sdk: &'s Sdk, path: &str) -> &'s str {
    let found = sdk.files().find(|(file, _)| *file == path);
    found.unwrap_or_else(|| panic!("no {path}")).1
}

#[test]
fn an_operation_whose_security_is_not_supported_is_refused_or_left_out_and_never_generated_without_it() {
    let error = described().generate().unwrap_err();
    assert!(matches!(error, Error::Security(_)), "{error:?}");
    let message = error.to_string();
    assert!(
        message.contains("#/paths/~1old/get") && message.contains("digest") && message.contains("--allow-skip"),
        "{message}"
    );

    let sdk = described().allow_skip().generate().unwrap();
    assert_eq!(sdk.skipped().len(), 1);
    assert!(sdk.files().all(|(_, text)| !text.contains("/old")));
}

#[test]
fn an_overlay_says_what_the_description_cannot() {
    let directory = directory("overlay");
    let overlay = directory.join("overlay.yaml");
    let actions = r#"
overlay: 1.0.0
info: { title: For Rust, version: "1" }
actions:
  - target: $.paths['/old']
    remove: true
  - target: $.components.securitySchemes.machine
    update: { x-evergrant-client-auth: post, x-evergrant-audience: "https://api.example.com", x-evergrant-name: service }
"#;
    fs::write(&overlay, actions).unwrap();
    let mut document = Document::parse("example.yaml", DESCRIPTION).unwrap();
    document.overlay(&overlay).unwrap();
    let sdk = Generator::new(document).generate().unwrap();
    let api = text(&sdk, "src/api.rs");
    assert!(
        api.contains("d::ClientAuth::Post") && api.contains(r#"("audience", "https://api.example.com")"#),
        "{api}"
    );
    assert!(text(&sdk, "src/client.rs").contains("pub fn service_credentials("));
}

#[test]
fn a_name_given_wins_and_one_that_cargo_does_not_take_is_refused() {
    let sdk = described().allow_skip().name("another").generate().unwrap();
    assert!(text(&sdk, "src/api.rs").contains(r#"name: "another""#));
    let error = described().allow_skip().name("../evil").generate().unwrap_err();
    assert!(error.to_string().contains("cannot be a package's name"), "{error}");
}

#[test]
fn writing_again_keeps_what_was_added_by_hand_and_removes_what_is_no_longer_generated() {
    let directory = directory("written");
    let first = described().allow_skip().generate().unwrap();
    first.write(&directory).unwrap();
    assert_eq!(first.check(&directory).unwrap(), []);

    let (manifest, readme) = (directory.join("Cargo.toml"), directory.join("README.md"));
    let own = format!("{}\n[features]\nmine = []\n", fs::read_to_string(&manifest).unwrap());
    fs::write(&manifest, &own).unwrap();
    fs::write(&readme, format!("{}\nMine.\n", fs::read_to_string(&readme).unwrap())).unwrap();
    fs::create_dir_all(directory.join("examples")).unwrap();
    fs::write(directory.join("examples/mine.rs"), "fn main() {}\n").unwrap();
    fs::write(directory.join("src/api.rs"), "changed").unwrap();
    assert_eq!(
        first.check(&directory).unwrap(),
        [Difference::Changed("src/api.rs".into())]
    );

    let regrouped = DESCRIPTION.replace("tags: [items]", "tags: [things]");
    let second = Generator::new(Document::parse("example.yaml", &regrouped).unwrap())
        .allow_skip()
        .generate()
        .unwrap();
    assert!(
        second
            .check(&directory)
            .unwrap()
            .contains(&Difference::Stale("src/operations/items.rs".into()))
    );
    let written = second.write(&directory).unwrap();
    assert_eq!(written.removed, [PathBuf::from("src/operations/items.rs")]);
    assert_eq!(fs::read_to_string(&manifest).unwrap(), own);
    assert!(fs::read_to_string(&readme).unwrap().ends_with("\nMine.\n"));
    assert!(directory.join("examples/mine.rs").exists());
    assert_eq!(second.check(&directory).unwrap(), []);
}

#[test]
fn a_file_that_was_not_generated_is_not_overwritten() {
    let directory = directory("in-the-way");
    fs::create_dir_all(directory.join("src")).unwrap();
    fs::write(directory.join("src/lib.rs"), "// mine\n").unwrap();
    let error = described()
        .allow_skip()
        .generate()
        .unwrap()
        .write(&directory)
        .unwrap_err();
    assert!(matches!(error, Error::InTheWay { .. }), "{error:?}");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "nothing else was written");
    assert_eq!(fs::read_to_string(directory.join("src/lib.rs")).unwrap(), "// mine\n");
}

#[test]
fn generators_and_sdks_go_to_other_threads() {
    fn goes<T: Send + Sync + Clone>(_: &T) {}

    goes(&described());
    let sdk = described().allow_skip().generate().unwrap();
    goes(&sdk);
    // Its text as one module is the same whoever asks for it, and when.
    let (clone, module) = (sdk.clone(), sdk.module());
    assert!(module.contains("pub mod operations {") && module.contains("pub fn list_items("));
    assert_eq!(clone.module(), module);
}
