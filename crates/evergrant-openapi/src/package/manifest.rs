//! Updates `Cargo.toml`: sets the generated keys and keeps everything else.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use super::Runtime;
use crate::api::Api;
use crate::one_line_docs::first_line;

/// The generated values of `Cargo.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    name: String,
    version: String,
    description: String,
    runtime: Runtime,
}

/// The version of `evergrant-sdk` that the generated code requires: the version of this crate.
const RUNTIME_VERSION: &str = env!("CARGO_PKG_VERSION");

impl Manifest {
    pub(crate) fn of(api: &Api, runtime: &Runtime) -> Self {
        Self {
            name: api.package.name.clone(),
            version: api.package.version.clone(),
            description: format!(
                "A client for {} that fetches, caches and renews its access tokens.",
                first_line(&api.package.title)
            ),
            runtime: runtime.clone(),
        }
    }

    /// Returns a new manifest, or the existing one with the generated values.
    pub(super) fn merge_into(&self, present: Option<&str>) -> Result<String, String> {
        let mut document: DocumentMut = present
            .unwrap_or_default()
            .parse()
            .map_err(|error: toml_edit::TomlError| error.to_string())?;
        let package = table(document.as_table_mut(), "package")?;
        package.insert("name", value(&self.name));
        for (key, text) in [
            ("version", self.version.as_str()),
            ("description", &self.description),
            ("edition", "2024"),
            ("rust-version", "1.89"),
        ] {
            if !package.contains_key(key) {
                package.insert(key, value(text));
            }
        }
        let dependencies = table(document.as_table_mut(), "dependencies")?;
        if self.runtime != Runtime::Unchanged || !dependencies.contains_key("evergrant-sdk") {
            set(dependencies, "evergrant-sdk", self.runtime_dependency());
        }
        set(
            dependencies,
            "serde",
            inline(&[("version", "1".into()), ("features", array(&["derive"]))]),
        );
        set(dependencies, "serde_json", "1".into());
        let tests = table(document.as_table_mut(), "dev-dependencies")?;
        if !tests.contains_key("tokio") {
            let features = array(&["macros", "rt-multi-thread"]);
            tests.insert(
                "tokio",
                Item::Value(inline(&[("version", "1".into()), ("features", features)])),
            );
        }
        Ok(document.to_string())
    }

    fn runtime_dependency(&self) -> Value {
        match &self.runtime {
            Runtime::Unchanged | Runtime::Registry => RUNTIME_VERSION.into(),
            Runtime::Path(path) => {
                let path = path.to_string_lossy().replace('\\', "/");
                inline(&[("path", path.into()), ("version", RUNTIME_VERSION.into())])
            }
        }
    }
}

fn table<'t>(parent: &'t mut Table, name: &str) -> Result<&'t mut Table, String> {
    let item = parent.entry(name).or_insert_with(|| Item::Table(Table::new()));
    item.as_table_mut().ok_or_else(|| format!("`{name}` is not a table"))
}

/// Sets a value. An equal value keeps its formatting and comments.
fn set(table: &mut Table, key: &str, new: Value) {
    let same = table
        .get(key)
        .and_then(Item::as_value)
        .is_some_and(|known| plain(known) == plain(&new));
    if !same {
        table.insert(key, Item::Value(new));
    }
}

/// Formats a value without surrounding whitespace and comments.
fn plain(value: &Value) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    value.to_string()
}

fn inline(members: &[(&str, Value)]) -> Value {
    let mut table = InlineTable::new();
    for (key, value) in members {
        table.insert(*key, value.clone());
    }
    Value::InlineTable(table)
}

fn array(items: &[&str]) -> Value {
    Value::Array(items.iter().copied().collect::<Array>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            name: "bookstore".into(),
            version: "1.0.0".into(),
            description: "A client.".into(),
            runtime: Runtime::Path("../../crates/evergrant-sdk".into()),
        }
    }

    #[test]
    fn an_update_is_idempotent_and_keeps_manual_changes() {
        let first = manifest().merge_into(None).unwrap();
        assert_eq!(manifest().merge_into(Some(&first)).unwrap(), first);
        let edited = format!("{first}\n[profile.dev]\ndebug = 0 # manual\n").replace("1.0.0", "7.0.0");
        let updated = manifest().merge_into(Some(&edited)).unwrap();
        assert_eq!(updated, edited, "the manual version and everything else are kept");
    }

    #[test]
    fn invalid_toml_is_an_error() {
        assert!(manifest().merge_into(Some("[package")).is_err());
        assert!(manifest().merge_into(Some("package = 1")).is_err());
    }
}
