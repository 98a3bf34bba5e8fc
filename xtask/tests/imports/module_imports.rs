//! The top-level modules of a crate and the imports between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::crate_paths::{PathReference, Paths};

/// The modules and imports of a crate.
#[derive(Debug)]
pub(crate) struct Crate {
    /// The top-level modules.
    pub(crate) modules: BTreeSet<String>,
    /// The imports of one top-level module from another.
    pub(crate) imports: Vec<Import>,
    /// Imports of items that no module defines.
    pub(crate) problems: Vec<String>,
}

/// An import of one top-level module from another.
#[derive(Debug)]
pub(crate) struct Import {
    /// File and line.
    pub(crate) location: String,
    /// The path as written.
    pub(crate) path: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// The parsed file of a module.
struct ModuleFile {
    path: PathBuf,
    /// The module's path from the crate root.
    module: Vec<String>,
    paths: Paths,
}

impl Crate {
    /// Reads all files of the crate in `folder`. File names in messages are relative to `workspace`.
    pub(crate) fn read(workspace: &Path, folder: &Path) -> Result<Self> {
        let source = folder.join("src");
        let root = ModuleFile::read(
            &first_file([source.join("lib.rs"), source.join("main.rs")])?,
            Vec::new(),
        )?;
        let mut files = Vec::new();
        let mut remaining = root.paths.files.clone();
        while let Some(module) = remaining.pop() {
            let path = source.join(module.join("/"));
            let file = ModuleFile::read(&first_file([path.with_extension("rs"), path.join("mod.rs")])?, module)?;
            remaining.extend(file.paths.files.iter().cloned());
            files.push(file);
        }
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(Self::new(workspace, &root, &files))
    }

    fn new(workspace: &Path, root: &ModuleFile, files: &[ModuleFile]) -> Self {
        let modules: BTreeSet<String> = root.paths.files.iter().map(|module| module[0].clone()).collect();
        let names: BTreeMap<&str, &[String]> = root
            .paths
            .names
            .iter()
            .map(|(name, path)| (name.as_str(), path.as_slice()))
            .collect();
        let (mut imports, mut problems) = (Vec::new(), Vec::new());
        for file in files {
            for reference in &file.paths.references {
                let relative_path = file.path.strip_prefix(workspace).unwrap_or(&file.path);
                let location = format!("{}:{}", relative_path.display(), reference.line);
                let first = reference.absolute.first().map(String::as_str).unwrap_or_default();
                let reexported = names.get(first).and_then(|target| target.first());
                match (modules.get(first), reexported) {
                    // A re-export of the root belongs to the module that defines the item.
                    (Some(to), _) => imports.extend(file.import(&location, reference, to)),
                    (None, Some(to)) if modules.contains(to) => imports.extend(file.import(&location, reference, to)),
                    // An item of another crate.
                    (None, Some(_)) => {}
                    (None, None) => {
                        problems.push(format!("{location}: `{}` is defined in the crate root", reference.path))
                    }
                }
            }
        }
        Self {
            modules,
            imports,
            problems,
        }
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            location,
            path,
            from,
            to,
        } = self;
        write!(f, "{location}: `{path}`: `{from}` imports from `{to}`")
    }
}

impl ModuleFile {
    fn read(path: &Path, module: Vec<String>) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let paths = Paths::read(&module, &text).with_context(|| path.display().to_string())?;
        Ok(Self {
            path: path.to_owned(),
            module,
            paths,
        })
    }

    /// Returns `None` for an import within one top-level module.
    fn import(&self, location: &str, reference: &PathReference, to: &str) -> Option<Import> {
        let from = &self.module[0];
        (from != to).then(|| Import {
            location: location.to_owned(),
            path: reference.path.clone(),
            from: from.clone(),
            to: to.to_owned(),
        })
    }
}

fn first_file(candidates: [PathBuf; 2]) -> Result<PathBuf> {
    let [first, second] = candidates;
    match (first.is_file(), second.is_file()) {
        (true, _) => Ok(first),
        (_, true) => Ok(second),
        _ => bail!("neither {} nor {} exists", first.display(), second.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, module: &[&str], text: &str) -> ModuleFile {
        let module: Vec<String> = module.iter().map(|&name| name.to_owned()).collect();
        let paths = Paths::read(&module, text).unwrap();
        ModuleFile {
            path: path.into(),
            module,
            paths,
        }
    }

    #[test]
    fn a_reexport_of_the_root_belongs_to_the_defining_module() {
        let root = "mod a; mod b; pub use self::b::{B, C as D}; pub use other::E; struct F;";
        let user = "use crate::{B, D, E};\nuse crate::b::G;\nuse self::h::H;\nuse crate::F;";
        let krate = Crate::new(
            Path::new("/w"),
            &file("/w/src/lib.rs", &[], root),
            &[
                file("/w/src/a.rs", &["a"], user),
                file("/w/src/b.rs", &["b"], "use crate::B;"),
            ],
        );
        let imports: Vec<String> = krate.imports.iter().map(Import::to_string).collect();
        assert_eq!(
            imports,
            [
                "src/a.rs:1: `crate::B`: `a` imports from `b`",
                "src/a.rs:1: `crate::D`: `a` imports from `b`",
                "src/a.rs:2: `crate::b::G`: `a` imports from `b`",
            ]
        );
        assert_eq!(krate.problems, ["src/a.rs:4: `crate::F` is defined in the crate root"]);
    }
}
