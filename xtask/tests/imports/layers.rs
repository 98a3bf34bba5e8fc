//! The layers of a crate in ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use crate::module_imports::{Crate, Import};

/// Layers of module names, starting with the layer that imports from no other. Modules of one layer do not import one
/// another.
#[derive(Debug)]
pub(crate) struct Layers(Vec<Vec<String>>);

impl Layers {
    /// Reads all fenced blocks with the info string `layers CRATE`.
    pub(crate) fn blocks(document: &str) -> BTreeMap<String, Self> {
        let mut blocks = BTreeMap::new();
        let mut lines = document.lines();
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("```layers ") {
                let layers = lines.by_ref().take_while(|line| *line != "```");
                let layers = layers.map(|line| line.split_whitespace().map(str::to_owned).collect());
                blocks.insert(name.trim().to_owned(), Self(layers.collect()));
            }
        }
        blocks
    }

    /// Returns all missing, unknown and repeated modules, and all imports in the wrong direction.
    pub(crate) fn check(&self, name: &str, krate: &Crate) -> Vec<String> {
        let mut problems = Vec::new();
        let mut layer_of = BTreeMap::new();
        for (layer, modules) in self.0.iter().enumerate() {
            for module in modules {
                if layer_of.insert(module.as_str(), layer).is_some() {
                    problems.push(format!("ARCHITECTURE.md: `layers {name}` lists `{module}` twice"));
                }
                if !krate.modules.contains(module) {
                    problems.push(format!(
                        "ARCHITECTURE.md: `layers {name}` lists `{module}`, which does not exist"
                    ));
                }
            }
        }
        let unlisted = krate
            .modules
            .iter()
            .filter(|module| !layer_of.contains_key(module.as_str()));
        problems.extend(unlisted.map(|module| format!("ARCHITECTURE.md: `layers {name}` lacks `{module}`")));
        for import in &krate.imports {
            let layers = (layer_of.get(import.from.as_str()), layer_of.get(import.to.as_str()));
            if let (Some(from), Some(to)) = layers
                && to >= from
            {
                problems.push(format!("{import}, which is not in a layer above"));
            }
        }
        problems.extend(krate.problems.iter().cloned());
        problems
    }

    /// Returns layers that match the crate's imports. Modules of a cycle, and modules that import from it, have no
    /// layer.
    pub(crate) fn suggest(krate: &Crate) -> String {
        let mut lines = Vec::new();
        let mut remaining: BTreeSet<&str> = krate.modules.iter().map(String::as_str).collect();
        while !remaining.is_empty() {
            let blocked: BTreeSet<&str> = krate
                .imports
                .iter()
                .filter(|import| remaining.contains(import.to.as_str()))
                .map(|import| import.from.as_str())
                .collect();
            let layer: Vec<&str> = remaining.difference(&blocked).copied().collect();
            if layer.is_empty() {
                let cycle = remaining.iter().copied().collect::<Vec<_>>().join(" ");
                lines.push(format!("no layers because of a cycle: {cycle}"));
                let is_in_cycle = |import: &&Import| {
                    remaining.contains(import.from.as_str()) && remaining.contains(import.to.as_str())
                };
                lines.extend(krate.imports.iter().filter(is_in_cycle).map(Import::to_string));
                break;
            }
            remaining.retain(|module| !layer.contains(module));
            lines.push(layer.join(" "));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn krate(imports: &[(&str, &str)]) -> Crate {
        let imports = imports.iter().map(|&(from, to)| Import {
            location: format!("src/{from}.rs:1"),
            path: format!("crate::{to}::Item"),
            from: from.to_owned(),
            to: to.to_owned(),
        });
        Crate {
            modules: ["a", "b", "c"].map(str::to_owned).into(),
            imports: imports.collect(),
            problems: Vec::new(),
        }
    }

    fn check(document: &str, imports: &[(&str, &str)]) -> Vec<String> {
        Layers::blocks(document)["x"].check("x", &krate(imports))
    }

    #[test]
    fn imports_from_the_same_or_a_lower_layer_are_problems() {
        let document = "text\n```layers x\na\nb c\n```\nmore";
        assert!(check(document, &[("b", "a"), ("c", "a")]).is_empty());
        let problems = check(document, &[("a", "b"), ("b", "c")]);
        assert_eq!(
            problems,
            [
                "src/a.rs:1: `crate::b::Item`: `a` imports from `b`, which is not in a layer above",
                "src/b.rs:1: `crate::c::Item`: `b` imports from `c`, which is not in a layer above",
            ]
        );
    }

    #[test]
    fn repeated_unknown_and_missing_modules_are_problems() {
        assert_eq!(
            check("```layers x\na b\nb d\n```", &[]),
            [
                "ARCHITECTURE.md: `layers x` lists `b` twice",
                "ARCHITECTURE.md: `layers x` lists `d`, which does not exist",
                "ARCHITECTURE.md: `layers x` lacks `c`",
            ]
        );
    }

    #[test]
    fn a_suggestion_lists_the_modules_and_imports_of_a_cycle() {
        assert_eq!(Layers::suggest(&krate(&[("b", "a"), ("c", "b")])), "a\nb\nc");
        let expected = [
            "a",
            "no layers because of a cycle: b c",
            "src/b.rs:1: `crate::c::Item`: `b` imports from `c`",
            "src/c.rs:1: `crate::b::Item`: `c` imports from `b`",
        ];
        assert_eq!(Layers::suggest(&krate(&[("b", "c"), ("c", "b")])), expected.join("\n"));
    }
}
