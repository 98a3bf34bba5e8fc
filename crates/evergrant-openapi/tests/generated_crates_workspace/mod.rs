//! A separate workspace below `target` that compiles generated crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evergrant_openapi::Sdk;

pub(crate) struct Workspace {
    directory: PathBuf,
    members: Vec<String>,
}

impl Workspace {
    pub(crate) fn new(name: &str) -> Self {
        let directory = root().join("target/generated").join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory).unwrap();
        }
        fs::create_dir_all(&directory).unwrap();
        fs::copy(root().join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
        Self {
            directory,
            members: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, sdk: &Sdk, name: &str) {
        sdk.write(&self.directory.join(name)).unwrap();
        assert_eq!(
            sdk.check(&self.directory.join(name)).unwrap(),
            [],
            "{name} differs after it was written"
        );
        self.members.push(format!("{name:?}"));
    }

    /// Adds a crate with all SDKs as modules, like a program with a `build.rs`.
    pub(crate) fn add_modules<'s>(&mut self, name: &str, modules: impl IntoIterator<Item = &'s str>) {
        let source = self.directory.join(name).join("src");
        fs::create_dir_all(&source).unwrap();
        let runtime = root().join("crates/evergrant-sdk");
        let manifest = format!(
            "[package]\nname = {name:?}\nedition = \"2024\"\n[dependencies]\nevergrant-sdk = {{ path = {runtime:?} }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n"
        );
        fs::write(self.directory.join(name).join("Cargo.toml"), manifest).unwrap();
        let mut library =
            "//! Generated modules.\n#![allow(confusable_idents, mixed_script_confusables, uncommon_codepoints)]\n"
                .to_owned();
        for (index, module) in modules.into_iter().enumerate() {
            fs::write(source.join(format!("included_{index}.rs")), module).unwrap();
            library += &format!("/// One SDK.\npub mod sdk_{index} {{ include!(\"included_{index}.rs\"); }}\n");
        }
        fs::write(source.join("lib.rs"), library).unwrap();
        self.members.push(format!("{name:?}"));
    }

    pub(crate) fn clippy(&self) {
        self.cargo(&["clippy", "--offline", "--workspace", "--", "-D", "warnings"]);
    }

    /// Documents one crate. For many crates, rustdoc takes five times as long as for one crate with their modules.
    pub(crate) fn document(&self, name: &str) {
        self.cargo(&["doc", "--offline", "--package", name, "--no-deps"]);
    }

    fn cargo(&self, arguments: &[&str]) {
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
            self.members.join(", ")
        );
        fs::write(self.directory.join("Cargo.toml"), manifest).unwrap();
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let output = command
            .args(arguments)
            .current_dir(&self.directory)
            .env("RUSTDOCFLAGS", "-D warnings")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}
