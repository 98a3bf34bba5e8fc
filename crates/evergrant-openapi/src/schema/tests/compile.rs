//! The models compile, and a program that uses them finds every value again that went through them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{corpus, models, pretty};
use crate::names;
use crate::schema::Models;
use crate::source::Document;

const MANIFEST: &str = r#"
[package]
name = "schema-models"
version = "0.0.0"
edition = "2024"

[dependencies]
evergrant-sdk = { path = "../../crates/evergrant-sdk" }
serde = { version = "1", features = ["derive"] }
serde_json = "1"

[profile.dev]
debug = false

[workspace]
"#;

fn write(path: PathBuf, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn write_models(folder: &Path, models: &Models) {
    let mut index = String::new();
    for module in &models.modules {
        writeln!(
            index,
            "mod {};\npub use self::{}::{{{}}};",
            module.name,
            module.name,
            module.types.join(", ")
        )
        .unwrap();
        let code = pretty(module.items.clone());
        write(folder.join(format!("{}.rs", module.name)), &code);
    }
    write(folder.join("mod.rs"), &index);
}

#[test]
fn models_compile_and_keep_every_value() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    let folder = workspace.join("target/schema-models");
    let _ = std::fs::remove_dir_all(folder.join("src"));
    let mut library =
        "//! Models of sample descriptions.\n#![deny(warnings, missing_docs, unreachable_pub)]\n".to_owned();
    library.push_str("#![allow(uncommon_codepoints, mixed_script_confusables, confusable_idents)]\n");
    write_models(&folder.join("src/tricky"), &models(include_str!("tricky.yaml")));
    library.push_str("/// Models.\npub mod tricky;\n");
    for path in corpus::descriptions() {
        let Ok(document) = Document::read(&path) else { continue };
        let Some(models) = corpus::of(&document) else { continue };
        if models.modules.is_empty() {
            continue;
        }
        let name = names::snake(&format!("sample {}", path.file_name().unwrap().to_string_lossy()));
        write_models(&folder.join("src").join(&name), &models);
        writeln!(library, "/// Models.\npub mod {name};").unwrap();
    }
    write(folder.join("src/lib.rs"), &library);
    write(folder.join("src/main.rs"), include_str!("round_trips.rs.txt"));
    write(folder.join("Cargo.toml"), MANIFEST);
    std::fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
