//! Rust code blocks in the documentation, formatted here and compiled by the SDK's tests.

use std::collections::BTreeSet;

use crate::api::Api;

/// A code block under construction, with its imports.
pub(super) struct Snippet {
    crate_name: String,
    std: BTreeSet<&'static str>,
    sdk: BTreeSet<String>,
    runtime: BTreeSet<&'static str>,
    items: Vec<String>,
}

impl Snippet {
    pub(super) fn new(api: &Api) -> Self {
        Self {
            crate_name: api.package.crate_name(),
            std: BTreeSet::new(),
            sdk: BTreeSet::new(),
            runtime: BTreeSet::new(),
            items: Vec::new(),
        }
    }

    /// Imports an item of the SDK.
    pub(super) fn uses(&mut self, name: impl Into<String>) {
        self.sdk.insert(name.into());
    }

    /// Imports an item of the standard library by its path.
    pub(super) fn uses_std(&mut self, path: &'static str) {
        self.std.insert(path);
    }

    /// Imports an item of the runtime by its path in `evergrant_sdk`.
    pub(super) fn uses_runtime(&mut self, path: &'static str) {
        self.runtime.insert(path);
    }

    /// Adds an item, with its documentation.
    pub(super) fn item(&mut self, code: impl Into<String>) {
        self.items.push(code.into());
    }

    /// The block as fenced Markdown.
    pub(super) fn fenced(&self) -> String {
        let std: Vec<String> = self.std.iter().map(|path| format!("use {path};")).collect();
        let names: Vec<&str> = self.sdk.iter().map(String::as_str).collect();
        let mut external = vec![match names.as_slice() {
            [] => String::new(),
            [name] => format!("use {}::{name};", self.crate_name),
            names => formatted(&format!("use {}::{{{}}};", self.crate_name, names.join(", "))),
        }];
        external.extend(
            self.runtime
                .iter()
                .map(|path| format!("use {}::evergrant_sdk::{path};", self.crate_name)),
        );
        external.sort();
        external.retain(|line| !line.is_empty());
        let mut blocks = vec![std.join("\n"), external.join("\n")];
        blocks.extend(self.items.iter().map(|item| formatted(item)));
        blocks.retain(|block| !block.is_empty());
        format!("```rust,no_run\n{}\n```\n", blocks.join("\n\n"))
    }
}

/// Formats the code. Invalid code stays as it is and fails the SDK's tests.
fn formatted(code: &str) -> String {
    let text = match syn::parse_file(code) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => code.to_owned(),
    };
    text.trim_end().replace("#[cfg(unix)] ", "#[cfg(unix)]\n    ")
}

/// A string literal.
pub(super) fn literal(text: &str) -> String {
    format!("{text:?}")
}
