//! Options of the generator, overlays, and writing to a directory.

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

fn generator() -> Generator {
    Generator::new(Document::parse("example.yaml", DESCRIPTION).unwrap())
}

fn text<'s>(sdk: &'s Sdk, path: &str) -> &'s str {
    let found = sdk.files().find(|(file, _)| *file == path);
    found.unwrap_or_else(|| panic!("no {path}")).1
}

#[test]
fn an_operation_with_unsupported_security_is_an_error_or_skipped() {
    let error = generator().generate().unwrap_err();
    assert!(matches!(error, Error::Security(_)), "{error:?}");
    let message = error.to_string();
    assert!(
        message.contains("#/paths/~1old/get") && message.contains("digest") && message.contains("--allow-skip"),
        "{message}"
    );

    let sdk = generator().allow_skip().generate().unwrap();
    assert_eq!(sdk.skipped().len(), 1);
    assert!(sdk.files().all(|(_, text)| !text.contains("/old")));
}

#[test]
fn overlays_set_extensions_and_remove_operations() {
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
        api.contains("ClientAuthMethod::Post") && api.contains(r#"("audience", "https://api.example.com")"#),
        "{api}"
    );
    assert!(text(&sdk, "src/client.rs").contains("pub fn service_credentials("));
}

#[test]
fn an_explicit_package_name_takes_precedence_and_must_be_valid() {
    let sdk = generator().allow_skip().name("another").generate().unwrap();
    assert!(text(&sdk, "src/api.rs").contains(r#"name: "another""#));
    let error = generator().allow_skip().name("../evil").generate().unwrap_err();
    assert!(error.to_string().contains("is not a valid package name"), "{error}");
}

#[test]
fn writing_again_keeps_manual_changes_and_removes_stale_files() {
    let directory = directory("written");
    let first = generator().allow_skip().generate().unwrap();
    first.write(&directory).unwrap();
    assert_eq!(first.check(&directory).unwrap(), []);

    let (manifest, readme) = (directory.join("Cargo.toml"), directory.join("README.md"));
    let edited = format!("{}\n[features]\nmine = []\n", fs::read_to_string(&manifest).unwrap());
    fs::write(&manifest, &edited).unwrap();
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
    let summary = second.write(&directory).unwrap();
    assert_eq!(summary.removed, [PathBuf::from("src/operations/items.rs")]);
    assert_eq!(fs::read_to_string(&manifest).unwrap(), edited);
    assert!(fs::read_to_string(&readme).unwrap().ends_with("\nMine.\n"));
    assert!(directory.join("examples/mine.rs").exists());
    assert_eq!(second.check(&directory).unwrap(), []);
}

#[test]
fn a_file_that_was_not_generated_is_not_overwritten() {
    let directory = directory("in-the-way");
    fs::create_dir_all(directory.join("src")).unwrap();
    fs::write(directory.join("src/lib.rs"), "// mine\n").unwrap();
    let error = generator()
        .allow_skip()
        .generate()
        .unwrap()
        .write(&directory)
        .unwrap_err();
    assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "nothing else was written");
    assert_eq!(fs::read_to_string(directory.join("src/lib.rs")).unwrap(), "// mine\n");
}

#[test]
fn generators_and_sdks_are_send_and_sync() {
    fn assert_send_sync<T: Send + Sync + Clone>(_: &T) {}

    assert_send_sync(&generator());
    let sdk = generator().allow_skip().generate().unwrap();
    assert_send_sync(&sdk);
    // The module of a clone is the same, whether or not it was generated before.
    let (clone, module) = (sdk.clone(), sdk.module());
    assert!(module.contains("pub mod operations {") && module.contains("pub fn list_items("));
    assert_eq!(clone.module(), module);
}
