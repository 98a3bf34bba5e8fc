//! `evergrant generate`: writing and checking SDKs, overlays, and rejected descriptions.

use std::fs;
use std::path::Path;

use crate::support::Fixture;

const DESCRIPTION: &str = r#"
openapi: 3.1.0
info: { title: Example Shop, version: "1.2.3" }
servers: [{ url: "https://api.example.com" }]
paths:
  /items:
    get:
      operationId: listItems
      tags: [items]
      security: [{ machine: [items.read] }]
      responses: { "200": { description: All., content: { text/plain: {} } } }
components:
  securitySchemes:
    machine:
      type: oauth2
      flows: { clientCredentials: { tokenUrl: "https://auth.example.com/token", scopes: { items.read: Read. } } }
"#;

/// An additional operation with an unsupported security scheme.
const DIGEST: &str = r#"
    post:
      operationId: addItem
      tags: [items]
      security: [{ old: [] }]
      responses: { "204": { description: Added. } }
components:
  securitySchemes:
    old: { type: http, scheme: digest }
"#;

/// A fixture with a description and the path of an output directory.
fn fixture(description: &str) -> (Fixture, String, String) {
    let fixture = Fixture::new();
    let spec = fixture.file("shop.yaml", description);
    let out = fixture.folder.join("sdk").to_str().unwrap().to_owned();
    (fixture, spec, out)
}

fn with_digest() -> String {
    DESCRIPTION.replace("\ncomponents:\n  securitySchemes:\n", DIGEST)
}

fn generate<'a>(spec: &'a str, out: &'a str, extra: &[&'a str]) -> Vec<&'a str> {
    [&["generate", spec, "--out", out, "--runtime", "registry"], extra].concat()
}

fn read(out: &str, path: &str) -> String {
    fs::read_to_string(Path::new(out).join(path)).unwrap()
}

#[test]
fn a_generated_sdk_passes_the_check() {
    let (fixture, spec, out) = fixture(DESCRIPTION);
    let stdout = fixture.run_raw(&generate(&spec, &out, &[]), "").success();
    assert!(
        stdout.contains("written") && stdout.contains(&format!("cd {out} && cargo doc --open")),
        "{stdout}"
    );
    assert!(read(&out, "Cargo.toml").contains("name = \"example-shop\""));
    assert!(read(&out, "src/client.rs").contains("pub fn machine_credentials("));
    assert!(read(&out, "README.md").contains("doc/auth/machine.md"));
    assert!(read(&out, "doc/auth/machine.md").contains("MachineCredentials"));

    assert_eq!(fixture.run_raw(&generate(&spec, &out, &["--check"]), "").success(), "");
    let again = fixture.run_raw(&generate(&spec, &out, &[]), "").success();
    assert!(again.contains("all unchanged"), "{again}");
}

#[test]
fn a_failed_check_lists_the_files_and_is_exit_code_1() {
    let (fixture, spec, out) = fixture(DESCRIPTION);
    let before = fixture.run_raw(&generate(&spec, &out, &["--check"]), "");
    assert_eq!(before.code, 1, "{}", before.stderr);
    assert!(before.stdout.contains("missing: src/lib.rs"), "{}", before.stdout);
    assert!(!Path::new(&out).exists());

    fixture.run_raw(&generate(&spec, &out, &[]), "").success();
    let touched = Path::new(&out).join("src/client.rs");
    fs::write(&touched, "// mine\n").unwrap();
    let result = fixture.run_raw(&generate(&spec, &out, &["--check"]), "");
    assert_eq!(result.stdout, "changed: src/client.rs\n");
    assert!(result.failure(1).contains("1 file differs"));
    assert_eq!(fs::read_to_string(&touched).unwrap(), "// mine\n");
}

#[test]
fn manual_files_are_kept_and_obsolete_ones_removed() {
    let (fixture, spec, out) = fixture(DESCRIPTION);
    fixture.run_raw(&generate(&spec, &out, &[]), "").success();
    fs::write(Path::new(&out).join("src/mine.rs"), "// mine\n").unwrap();
    fixture.file("shop.yaml", &DESCRIPTION.replace("tags: [items]", "tags: [things]"));
    let stdout = fixture.run_raw(&generate(&spec, &out, &[]), "").success();
    assert!(stdout.contains("1 removed"), "{stdout}");
    assert_eq!(read(&out, "src/mine.rs"), "// mine\n");
    assert!(!Path::new(&out).join("src/operations/items.rs").exists());
}

#[test]
fn unsupported_security_is_exit_code_5_and_names_the_operation() {
    let (fixture, spec, out) = fixture(&with_digest());
    let result = fixture.run_raw(&generate(&spec, &out, &[]), "");
    assert_eq!(result.code, 5, "{}", result.stderr);
    let lines: Vec<&str> = result.stderr.lines().collect();
    let [first, last] = lines[..] else {
        panic!("{}", result.stderr)
    };
    assert!(
        first.starts_with("unsupported: #/paths/~1items/post: ") && first.contains("digest"),
        "{first}"
    );
    assert!(
        last.starts_with("error: an operation requires an unsupported") && last.contains("--allow-skip"),
        "{last}"
    );
    assert!(!Path::new(&out).exists());
}

#[test]
fn allow_skip_skips_operations_and_reports_them() {
    let (fixture, spec, out) = fixture(&with_digest());
    let result = fixture.run_raw(&generate(&spec, &out, &["--allow-skip"]), "");
    assert_eq!(result.code, 0, "{}", result.stderr);
    assert!(
        result.stderr.contains("skipped: #/paths/~1items/post: "),
        "{}",
        result.stderr
    );
    let operations = read(&out, "src/operations/items.rs");
    assert!(operations.contains("fn list_items(") && !operations.contains("fn add_item("));
}

#[test]
fn overlays_apply_in_order_and_an_unmatched_target_is_an_error() {
    let (fixture, spec, out) = fixture(DESCRIPTION);
    let action = |target: &str, update: &str| {
        format!(
            "overlay: 1.0.0\ninfo: {{ title: t, version: '1' }}\nactions: [{{ target: \"{target}\", update: {update} }}]\n"
        )
    };
    let first = action("$.info", "{ title: Another Shop }");
    let second = action(
        "$.components.securitySchemes.machine",
        "{ x-evergrant-name: robot, x-evergrant-client-auth: post }",
    );
    let (first, second) = (fixture.file("1.yaml", &first), fixture.file("2.yaml", &second));
    fixture
        .run_raw(&generate(&spec, &out, &["--overlay", &first, "--overlay", &second]), "")
        .success();
    assert!(read(&out, "Cargo.toml").contains("name = \"another-shop\""));
    assert!(read(&out, "src/client.rs").contains("pub fn robot_credentials("));

    let unmatched = fixture.file("3.yaml", &action("$.paths['/nowhere']", "{}"));
    let error = fixture
        .run_raw(&generate(&spec, &out, &["--overlay", &unmatched]), "")
        .failure(2);
    assert!(error.contains("3.yaml") && error.contains("matches nothing"), "{error}");
}

#[test]
fn reads_a_description_from_standard_input_and_a_name_from_a_flag() {
    let (fixture, _, out) = fixture(DESCRIPTION);
    fixture
        .run_raw(&generate("-", &out, &["--name", "corner-shop"]), DESCRIPTION)
        .success();
    assert!(read(&out, "Cargo.toml").contains("name = \"corner-shop\""));
    let error = fixture
        .run_raw(&generate("-", &out, &["--name", "../../evil"]), DESCRIPTION)
        .failure(2);
    assert!(error.contains("is not a valid package name"), "{error}");
    assert!(
        fixture
            .run_raw(&generate("-", &out, &[]), "not: openapi")
            .failure(2)
            .contains("not an OpenAPI description")
    );
}

#[test]
fn unusable_files_are_named() {
    let (fixture, spec, out) = fixture(DESCRIPTION);
    let error = fixture
        .run_raw(&generate("/nowhere/shop.yaml", &out, &[]), "")
        .failure(2);
    assert!(error.contains("cannot read /nowhere/shop.yaml"), "{error}");
    let error = fixture.run_raw(&generate(&spec, &spec, &[]), "").failure(2);
    assert!(error.contains("shop.yaml is not a directory"), "{error}");
    let error = fixture.run_raw(&generate(&spec, "/proc/nowhere", &[]), "").failure(2);
    assert!(error.contains("cannot write /proc/nowhere"), "{error}");

    fs::create_dir_all(Path::new(&out).join("src")).unwrap();
    fs::write(Path::new(&out).join("src/lib.rs"), "// mine\n").unwrap();
    let error = fixture.run_raw(&generate(&spec, &out, &[]), "").failure(2);
    assert!(error.contains("src/lib.rs was not generated by evergrant"), "{error}");
    assert_eq!(read(&out, "src/lib.rs"), "// mine\n");
    assert!(!Path::new(&out).join("Cargo.toml").exists(), "nothing is written");
}

#[cfg(unix)]
#[test]
fn links_pipes_and_foreign_files_in_the_directory_are_rejected() {
    use std::os::unix::fs::symlink;

    let link = |target: &'static str| move |path: &Path| symlink(target, path).unwrap();
    let pipe = |path: &Path| {
        assert!(
            std::process::Command::new("mkfifo")
                .arg(path)
                .status()
                .unwrap()
                .success()
        )
    };
    let listed = |path: &Path| fs::write(path, "src/x\n../victim/x\n").unwrap();
    type Obstacle<'p> = (&'static str, &'p dyn Fn(&Path), &'static str);
    let obstacles: [Obstacle<'_>; 6] = [
        ("src", &link("../victim"), "sdk/src is a symbolic link"),
        ("Cargo.toml", &link("../victim/x"), "sdk/Cargo.toml is a symbolic link"),
        ("README.md", &link("../victim/x"), "sdk/README.md is a symbolic link"),
        ("Cargo.toml", &pipe, "sdk/Cargo.toml is a pipe"),
        (".evergrant-files", &pipe, "sdk/.evergrant-files is a pipe"),
        (".evergrant-files", &listed, "line 2 of "),
    ];
    for (path, create, expected) in obstacles {
        let (fixture, spec, out) = fixture(DESCRIPTION);
        fs::create_dir_all(fixture.folder.join("victim")).unwrap();
        fs::write(fixture.folder.join("victim/x"), "precious").unwrap();
        fs::create_dir_all(&out).unwrap();
        if path == "src" {
            fs::write(Path::new(&out).join(".evergrant-files"), "src/x\nsrc/lib.rs\n").unwrap();
        }
        create(&Path::new(&out).join(path));
        for arguments in [
            generate(&spec, &out, &[]),
            generate(&spec, &out, &["--check"]),
            vec!["generate", &spec, "--out", &out],
        ] {
            let result = fixture.run_raw(&arguments, "");
            let error = result.stderr;
            assert!(
                result.code == 2 && error.contains(expected) && error.contains("nothing was written"),
                "{path}: {error}"
            );
        }
        let victim: Vec<_> = fs::read_dir(fixture.folder.join("victim")).unwrap().collect();
        assert_eq!(victim.len(), 1, "{path}");
        assert_eq!(fs::read_to_string(fixture.folder.join("victim/x")).unwrap(), "precious");
        let left = fs::read_dir(&out).unwrap().count();
        assert_eq!(left, if path == "src" { 2 } else { 1 }, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn the_output_directory_may_be_a_link() {
    let (fixture, spec, out) = fixture(DESCRIPTION);
    fs::create_dir_all(fixture.folder.join("real")).unwrap();
    std::os::unix::fs::symlink("real", &out).unwrap();
    fixture.run_raw(&generate(&spec, &out, &[]), "").success();
    assert!(fixture.folder.join("real/src/lib.rs").exists());
}

#[test]
fn the_runtime_comes_from_the_registry_or_a_path() {
    let (fixture, spec, out) = fixture(DESCRIPTION);
    fixture.run_raw(&generate(&spec, &out, &[]), "").success();
    assert!(read(&out, "Cargo.toml").contains(&format!("evergrant-sdk = \"{}\"", env!("CARGO_PKG_VERSION"))));

    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let source = checkout.join("crates/evergrant-sdk");
    for path in [checkout, &source] {
        let arguments = ["generate", &spec, "--out", &out, "--runtime", path.to_str().unwrap()];
        fixture.run_raw(&arguments, "").success();
        let manifest = read(&out, "Cargo.toml");
        assert!(
            manifest.contains(&format!("path = \"{}\"", source.display())),
            "{manifest}"
        );
    }
    let arguments = ["generate", &spec, "--out", &out, "--runtime", "/nowhere"];
    assert!(
        fixture
            .run_raw(&arguments, "")
            .failure(2)
            .contains("/nowhere is neither a checkout of evergrant")
    );

    // The source in an existing package is kept.
    let before = read(&out, "Cargo.toml");
    let result = fixture.run_raw(&["generate", &spec, "--out", &out], "");
    assert_eq!((result.code, result.stderr.as_str()), (0, ""));
    assert_eq!(read(&out, "Cargo.toml"), before);

    // A new package depends on the checkout that the program was built from.
    let new = format!("{out}-new");
    let result = fixture.run_raw(&["generate", &spec, "--out", &new], "");
    assert_eq!(result.code, 0, "{}", result.stderr);
    assert!(
        result.stderr.starts_with("note: ") && result.stderr.contains("crates/evergrant-sdk"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_relative_runtime_path_is_written_relative_to_the_package() {
    let (fixture, spec, out) = fixture(DESCRIPTION);
    let runtime = fixture.folder.join("vendor/crates/evergrant-sdk");
    fs::create_dir_all(&runtime).unwrap();
    fs::write(runtime.join("Cargo.toml"), "[package]\nname = \"evergrant-sdk\"\n").unwrap();
    let arguments = ["generate", &spec, "--out", "a/sdk", "--runtime", "vendor"];
    let result = fixture
        .command(&arguments)
        .current_dir(&fixture.folder)
        .output()
        .unwrap();
    assert!(result.status.success(), "{result:?}");
    let manifest = fs::read_to_string(fixture.folder.join("a/sdk/Cargo.toml")).unwrap();
    assert!(
        manifest.contains("path = \"../../vendor/crates/evergrant-sdk\""),
        "{manifest}"
    );
    assert!(!Path::new(&out).exists());
}

#[test]
fn a_description_cannot_control_the_terminal_or_leave_its_directory() {
    let hostile = "openapi: 3.0.0\ninfo: { title: \"x\\e[2J\\u009b2J\\u202e\", version: '1' }\nservers: [{ url: https://a.example }]\npaths:\n  \"/a\\e[31m\\u202e\":\n    get: { tags: [\"../../../evil\\e[0m\"], security: [{ \"s\\e[5m\": [] }], responses: { '200': { description: \"\\e]0;title\\a\" } } }\ncomponents: { securitySchemes: { \"s\\e[5m\": { type: http, scheme: \"\\e[41m\" } } }\n";
    let (fixture, spec, out) = fixture(hostile);
    for arguments in [
        generate(&spec, &out, &[]),
        generate(&spec, &out, &["--allow-skip"]),
        vec!["inspect", &spec],
        vec!["inspect", &spec, "--json"],
    ] {
        let result = fixture.run_raw(&arguments, "");
        for text in [&result.stdout, &result.stderr] {
            let is_unsafe = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
            assert!(!text.contains(is_unsafe), "{arguments:?}: {text:?}");
        }
    }
    let outside: Vec<_> = fs::read_dir(&fixture.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        outside.iter().all(|name| name == "shop.yaml" || name == "sdk"),
        "{outside:?}"
    );
}

#[test]
fn help_has_examples_and_exit_codes_and_completions_have_the_commands() {
    let fixture = Fixture::new();
    let help = fixture.run_raw(&["generate", "--help"], "").success();
    for expected in [
        "Examples:",
        "--check",
        "  1  the API returned",
        "  5  an operation in the description",
    ] {
        assert!(help.contains(expected), "{expected}: {help}");
    }
    assert!(
        fixture
            .run_raw(&["inspect", "--help"], "")
            .success()
            .contains("Examples:")
    );
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = fixture.run_raw(&["completions", shell], "").success();
        assert!(script.contains("allow-skip") && script.contains("inspect"), "{shell}");
    }
}
