//! Rust on a page: written without regard to layout, formatted, and compiled by the SDK's tests.

use std::collections::BTreeSet;

use crate::api::Api;

/// A block of code in the making, with what it uses.
pub(super) struct Snippet {
    crate_name: String,
    std: BTreeSet<&'static str>,
    own: BTreeSet<String>,
    runtime: BTreeSet<&'static str>,
    items: Vec<String>,
}

impl Snippet {
    pub(super) fn new(api: &Api) -> Self {
        Self {
            crate_name: api.package.crate_name(),
            std: BTreeSet::new(),
            own: BTreeSet::new(),
            runtime: BTreeSet::new(),
            items: Vec::new(),
        }
    }

    /// Something of the SDK's own.
    pub(super) fn uses(&mut self, name: impl Into<String>) {
        self.own.insert(name.into());
    }

    /// Something of the standard library, by its path.
    pub(super) fn uses_std(&mut self, path: &'static str) {
        self.std.insert(path);
    }

    /// Something of the runtime, by its path below `evergrant_sdk`.
    pub(super) fn uses_runtime(&mut self, path: &'static str) {
        self.runtime.insert(path);
    }

    /// A function, with its documentation if it has any.
    pub(super) fn item(&mut self, code: impl Into<String>) {
        self.items.push(code.into());
    }

    /// The block as Markdown has it.
    pub(super) fn fenced(&self) -> String {
        let std: Vec<String> = self.std.iter().map(|path| format!("use {path};")).collect();
        let names: Vec<&str> = self.own.iter().map(String::as_str).collect();
        let mut foreign = vec![match names.as_slice() {
            [] => String::new(),
            [name] => format!("use {}::{name};", self.crate_name),
            names => formatted(&format!("use {}::{{{}}};", self.crate_name, names.join(", "))),
        }];
        foreign.extend(
            self.runtime
                .iter()
                .map(|path| format!("use {}::evergrant_sdk::{path};", self.crate_name)),
        );
        foreign.sort();
        foreign.retain(|line| !line.is_empty());
        let mut blocks = vec![std.join("\n"), foreign.join("\n")];
        blocks.extend(self.items.iter().map(|item| formatted(item)));
        blocks.retain(|block| !block.is_empty());
        format!("```rust,no_run\n{}\n```\n", blocks.join("\n\n"))
    }
}

/// As formatters write it. What is no Rust stays as it is, and fails the SDK's tests.
fn formatted(code: &str) -> String {
    let text = match syn::parse_file(code) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => code.to_owned(),
    };
    text.trim_end().replace("#[cfg(unix)] ", "#[cfg(unix)]\n    ")
}

/// A literal.
pub(super) fn literal(text: &str) -> String {
    format!("{text:?}")
}
