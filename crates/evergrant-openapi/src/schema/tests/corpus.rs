//! All sample descriptions give models that are Rust, the same ones every time.

use std::path::{Path, PathBuf};

use super::pretty;
use crate::schema::{Models, Schemas};
use crate::source::{Document, Node};

pub(super) fn descriptions() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["tests/corpus", "tests/corpus/hostile", "../../specs"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            continue;
        };
        let files = entries.map(|entry| entry.unwrap().path());
        found.extend(files.filter(|path| path.extension().is_some_and(|kind| kind == "yaml" || kind == "json")));
    }
    found.sort();
    found
}

/// Every schema that an operation has anywhere.
fn inline<'a>(node: &Node<'a>, schemas: &mut Vec<Node<'a>>) {
    if let Ok(items) = node.items() {
        items.for_each(|item| inline(&item, schemas));
    }
    let Ok(members) = node.entries() else { return };
    for (name, member) in members {
        match name {
            "schema" => schemas.push(member),
            "example" | "examples" | "components" => {}
            _ => inline(&member, schemas),
        }
    }
}

pub(super) fn of(document: &Document) -> Option<Models> {
    let mut schemas = Schemas::new(document).ok()?;
    let mut nodes = Vec::new();
    inline(&document.root(), &mut nodes);
    for (index, node) in nodes.iter().enumerate() {
        schemas.type_of(node, &format!("Operation{index}")).ok()?;
    }
    Some(schemas.finish())
}

fn written(models: &Models) -> String {
    let modules = models.modules.iter();
    let modules = modules.map(|module| {
        format!(
            "// {} {:?}\n{}",
            module.name,
            module.types,
            pretty(module.items.clone())
        )
    });
    modules.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_description_gives_models_that_are_rust() {
    let descriptions = descriptions();
    assert!(!descriptions.is_empty());
    for path in descriptions {
        let Ok(document) = Document::read(&path) else { continue };
        let Some(models) = of(&document) else { continue };
        let code = written(&models);
        if let Some(folder) = std::env::var_os("EVERGRANT_SHOW_MODELS") {
            let warnings: String = models
                .warnings
                .iter()
                .map(|warning| format!("// {warning}\n"))
                .collect();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            std::fs::write(
                Path::new(&folder).join(format!("{name}.rs")),
                format!("{warnings}\n{code}"),
            )
            .unwrap();
        }
        assert_eq!(written(&of(&document).unwrap()), code, "{}", path.display());
    }
}
