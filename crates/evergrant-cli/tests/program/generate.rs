//! `evergrant generate`: an SDK on disk, checked, refused, changed by overlays.

use std::fs;
use std::path::Path;

use crate::support::World;

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

/// An operation more, which asks for something that is not supported.
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

/// A world with a description and a directory to be.
fn world(description: &str) -> (World, String, String) {
    let world = World::new();
    let spec = world.file("shop.yaml", description);
    let out = world.folder.join("sdk").to_str().unwrap().to_owned();
    (world, spec, out)
}

fn with_digest() -> String {
    DESCRIPTION.replace("\ncomponents:\n  securitySchemes:\n", DIGEST)
}

fn generate<'a>(spec: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["generate", spec, "--out", out, "--runtime", "registry"], more].concat()
}

fn read(out: &str, path: &str) -> String {
    fs::read_to_string(Path::new(out).join(path)).unwrap()
}

#[test]
fn an_sdk_is_written_and_then_found_to_be_the_descriptions() {
    let (world, spec, out) = world(DESCRIPTION);
    let told = world.raw(&generate(&spec, &out, &[]), "").success();
    assert!(
        told.contains("written") && told.contains(&format!("cd {out} && cargo doc --open")),
        "{told}"
    );
    assert!(read(&out, "Cargo.toml").contains("name = \"example-shop\""));
    assert!(read(&out, "src/client.rs").contains("pub fn machine_credentials("));
    assert!(read(&out, "README.md").contains("doc/auth/machine.md"));
    assert!(read(&out, "doc/auth/machine.md").contains("MachineCredentials"));

    assert_eq!(world.raw(&generate(&spec, &out, &["--check"]), "").success(), "");
    let again = world.raw(&generate(&spec, &out, &[]), "").success();
    assert!(again.contains("all as they were"), "{again}");
}

#[test]
fn a_check_names_the_files_that_differ_changes_none_and_is_exit_code_1() {
    let (world, spec, out) = world(DESCRIPTION);
    let before = world.raw(&generate(&spec, &out, &["--check"]), "");
    assert_eq!(before.code, 1, "{}", before.stderr);
    assert!(before.stdout.contains("missing: src/lib.rs"), "{}", before.stdout);
    assert!(!Path::new(&out).exists());

    world.raw(&generate(&spec, &out, &[]), "").success();
    let touched = Path::new(&out).join("src/client.rs");
    fs::write(&touched, "// mine\n").unwrap();
    let ended = world.raw(&generate(&spec, &out, &["--check"]), "");
    assert_eq!(ended.stdout, "changed: src/client.rs\n");
    assert!(ended.failure(1).contains("1 file differs"));
    assert_eq!(fs::read_to_string(&touched).unwrap(), "// mine\n");
}

#[test]
fn what_was_added_by_hand_stays_and_what_is_no_longer_generated_goes() {
    let (world, spec, out) = world(DESCRIPTION);
    world.raw(&generate(&spec, &out, &[]), "").success();
    fs::write(Path::new(&out).join("src/mine.rs"), "// mine\n").unwrap();
    world.file("shop.yaml", &DESCRIPTION.replace("tags: [items]", "tags: [things]"));
    let told = world.raw(&generate(&spec, &out, &[]), "").success();
    assert!(told.contains("1 removed"), "{told}");
    assert_eq!(read(&out, "src/mine.rs"), "// mine\n");
    assert!(!Path::new(&out).join("src/operations/items.rs").exists());
}

#[test]
fn security_that_is_not_supported_is_exit_code_5_and_names_the_operation() {
    let (world, spec, out) = world(&with_digest());
    let ended = world.raw(&generate(&spec, &out, &[]), "");
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let [first, last] = lines[..] else {
        panic!("{}", ended.stderr)
    };
    assert!(
        first.starts_with("unsupported: #/paths/~1items/post: ") && first.contains("digest"),
        "{first}"
    );
    assert!(
        last.starts_with("error: an operation asks") && last.contains("--allow-skip"),
        "{last}"
    );
    assert!(!Path::new(&out).exists());
}

#[test]
fn what_may_be_left_out_is_left_out_and_said() {
    let (world, spec, out) = world(&with_digest());
    let ended = world.raw(&generate(&spec, &out, &["--allow-skip"]), "");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("left out: #/paths/~1items/post: "),
        "{}",
        ended.stderr
    );
    let operations = read(&out, "src/operations/items.rs");
    assert!(operations.contains("fn list_items(") && !operations.contains("fn add_item("));
}

#[test]
fn overlays_are_taken_in_order_and_one_that_finds_nothing_is_an_error() {
    let (world, spec, out) = world(DESCRIPTION);
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
    let (first, second) = (world.file("1.yaml", &first), world.file("2.yaml", &second));
    world
        .raw(&generate(&spec, &out, &["--overlay", &first, "--overlay", &second]), "")
        .success();
    assert!(read(&out, "Cargo.toml").contains("name = \"another-shop\""));
    assert!(read(&out, "src/client.rs").contains("pub fn robot_credentials("));

    let lost = world.file("3.yaml", &action("$.paths['/nowhere']", "{}"));
    let error = world.raw(&generate(&spec, &out, &["--overlay", &lost]), "").failure(2);
    assert!(error.contains("3.yaml") && error.contains("finds nothing"), "{error}");
}

#[test]
fn a_description_may_come_from_standard_input_and_a_name_from_the_command_line() {
    let (world, _, out) = world(DESCRIPTION);
    world
        .raw(&generate("-", &out, &["--name", "corner-shop"]), DESCRIPTION)
        .success();
    assert!(read(&out, "Cargo.toml").contains("name = \"corner-shop\""));
    let error = world
        .raw(&generate("-", &out, &["--name", "../../evil"]), DESCRIPTION)
        .failure(2);
    assert!(error.contains("cannot be a package's name"), "{error}");
    assert!(
        world
            .raw(&generate("-", &out, &[]), "not: openapi")
            .failure(2)
            .contains("no OpenAPI description")
    );
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let (world, spec, out) = world(DESCRIPTION);
    let error = world.raw(&generate("/nowhere/shop.yaml", &out, &[]), "").failure(2);
    assert!(error.contains("cannot read /nowhere/shop.yaml"), "{error}");
    let error = world.raw(&generate(&spec, &spec, &[]), "").failure(2);
    assert!(error.contains("shop.yaml is not a directory"), "{error}");
    let error = world.raw(&generate(&spec, "/proc/nowhere", &[]), "").failure(2);
    assert!(error.contains("cannot write /proc/nowhere"), "{error}");

    fs::create_dir_all(Path::new(&out).join("src")).unwrap();
    fs::write(Path::new(&out).join("src/lib.rs"), "// mine\n").unwrap();
    let error = world.raw(&generate(&spec, &out, &[]), "").failure(2);
    assert!(
        error.contains("src/lib.rs is not one of this program's files"),
        "{error}"
    );
    assert_eq!(read(&out, "src/lib.rs"), "// mine\n");
    assert!(!Path::new(&out).join("Cargo.toml").exists(), "nothing is written");
}

#[cfg(unix)]
#[test]
fn links_pipes_and_lists_of_foreign_files_in_the_directory_are_refused_and_nothing_is_touched() {
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
    type Place<'p> = (&'static str, &'p dyn Fn(&Path), &'static str);
    let places: [Place<'_>; 6] = [
        ("src", &link("../victim"), "sdk/src is a symbolic link"),
        ("Cargo.toml", &link("../victim/x"), "sdk/Cargo.toml is a symbolic link"),
        ("README.md", &link("../victim/x"), "sdk/README.md is a symbolic link"),
        ("Cargo.toml", &pipe, "sdk/Cargo.toml is a pipe"),
        (".evergrant-files", &pipe, "sdk/.evergrant-files is a pipe"),
        (".evergrant-files", &listed, "line 2 of "),
    ];
    for (path, place, expected) in places {
        let (world, spec, out) = world(DESCRIPTION);
        fs::create_dir_all(world.folder.join("victim")).unwrap();
        fs::write(world.folder.join("victim/x"), "precious").unwrap();
        fs::create_dir_all(&out).unwrap();
        if path == "src" {
            fs::write(Path::new(&out).join(".evergrant-files"), "src/x\nsrc/lib.rs\n").unwrap();
        }
        place(&Path::new(&out).join(path));
        for arguments in [
            generate(&spec, &out, &[]),
            generate(&spec, &out, &["--check"]),
            vec!["generate", &spec, "--out", &out],
        ] {
            let ended = world.raw(&arguments, "");
            let error = ended.stderr;
            assert!(
                ended.code == 2 && error.contains(expected) && error.contains("nothing was written"),
                "{path}: {error}"
            );
        }
        let victim: Vec<_> = fs::read_dir(world.folder.join("victim")).unwrap().collect();
        assert_eq!(victim.len(), 1, "{path}");
        assert_eq!(fs::read_to_string(world.folder.join("victim/x")).unwrap(), "precious");
        let left = fs::read_dir(&out).unwrap().count();
        assert_eq!(left, if path == "src" { 2 } else { 1 }, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn the_directory_itself_may_be_a_link() {
    let (world, spec, out) = world(DESCRIPTION);
    fs::create_dir_all(world.folder.join("real")).unwrap();
    std::os::unix::fs::symlink("real", &out).unwrap();
    world.raw(&generate(&spec, &out, &[]), "").success();
    assert!(world.folder.join("real/src/lib.rs").exists());
}

#[test]
fn the_runtime_is_the_registrys_or_a_path_that_has_it() {
    let (world, spec, out) = world(DESCRIPTION);
    world.raw(&generate(&spec, &out, &[]), "").success();
    assert!(read(&out, "Cargo.toml").contains(&format!("evergrant-sdk = \"{}\"", env!("CARGO_PKG_VERSION"))));

    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let source = checkout.join("crates/evergrant-sdk");
    for given in [checkout, &source] {
        let arguments = ["generate", &spec, "--out", &out, "--runtime", given.to_str().unwrap()];
        world.raw(&arguments, "").success();
        let manifest = read(&out, "Cargo.toml");
        assert!(
            manifest.contains(&format!("path = \"{}\"", source.display())),
            "{manifest}"
        );
    }
    let arguments = ["generate", &spec, "--out", &out, "--runtime", "/nowhere"];
    assert!(
        world
            .raw(&arguments, "")
            .failure(2)
            .contains("/nowhere is neither evergrant's source")
    );

    // What a package says already stays, whoever generates it again.
    let before = read(&out, "Cargo.toml");
    let ended = world.raw(&["generate", &spec, "--out", &out], "");
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(read(&out, "Cargo.toml"), before);

    // Built from a checkout that is there, the program has a new one depend on it, and says so.
    let new = format!("{out}-new");
    let ended = world.raw(&["generate", &spec, "--out", &new], "");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.starts_with("note: ") && ended.stderr.contains("crates/evergrant-sdk"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_relative_path_to_the_runtime_is_written_as_it_counts_from_the_package() {
    let (world, spec, out) = world(DESCRIPTION);
    let runtime = world.folder.join("vendor/crates/evergrant-sdk");
    fs::create_dir_all(&runtime).unwrap();
    fs::write(runtime.join("Cargo.toml"), "[package]\nname = \"evergrant-sdk\"\n").unwrap();
    let arguments = ["generate", &spec, "--out", "a/sdk", "--runtime", "vendor"];
    let ended = world.command(&arguments).current_dir(&world.folder).output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    let manifest = fs::read_to_string(world.folder.join("a/sdk/Cargo.toml")).unwrap();
    assert!(
        manifest.contains("path = \"../../vendor/crates/evergrant-sdk\""),
        "{manifest}"
    );
    assert!(!Path::new(&out).exists());
}

#[test]
fn a_description_cannot_play_with_the_terminal_or_leave_its_directory() {
    let hostile = "openapi: 3.0.0\ninfo: { title: \"x\\e[2J\\u009b2J\\u202e\", version: '1' }\nservers: [{ url: https://a.example }]\npaths:\n  \"/a\\e[31m\\u202e\":\n    get: { tags: [\"../../../evil\\e[0m\"], security: [{ \"s\\e[5m\": [] }], responses: { '200': { description: \"\\e]0;title\\a\" } } }\ncomponents: { securitySchemes: { \"s\\e[5m\": { type: http, scheme: \"\\e[41m\" } } }\n";
    let (world, spec, out) = world(hostile);
    for arguments in [
        generate(&spec, &out, &[]),
        generate(&spec, &out, &["--allow-skip"]),
        vec!["inspect", &spec],
        vec!["inspect", &spec, "--json"],
    ] {
        let ended = world.raw(&arguments, "");
        for text in [&ended.stdout, &ended.stderr] {
            let tricks = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
            assert!(!text.contains(tricks), "{arguments:?}: {text:?}");
        }
    }
    let outside: Vec<_> = fs::read_dir(&world.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        outside.iter().all(|name| name == "shop.yaml" || name == "sdk"),
        "{outside:?}"
    );
}

#[test]
fn help_has_an_example_for_ci_and_the_exit_codes_and_completions_know_the_commands() {
    let world = World::new();
    let help = world.raw(&["generate", "--help"], "").success();
    for expected in [
        "Examples:",
        "--check",
        "  1  the API refused",
        "  5  operations of a description",
    ] {
        assert!(help.contains(expected), "{expected}: {help}");
    }
    assert!(world.raw(&["inspect", "--help"], "").success().contains("Examples:"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = world.raw(&["completions", shell], "").success();
        assert!(script.contains("allow-skip") && script.contains("inspect"), "{shell}");
    }
}
