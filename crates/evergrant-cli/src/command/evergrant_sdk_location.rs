//! Finds the source of `evergrant-sdk` for a generated package.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use crate::failure::{Failure, local};

/// Path of the crate in a checkout.
const PATH_IN_CHECKOUT: &str = "crates/evergrant-sdk";

/// Maximum size of a manifest that is read.
const MAX_MANIFEST_BYTES: u64 = 16 * 1024 * 1024;

/// Whether an existing package already sets the source of `evergrant-sdk`. A `Cargo.toml` that is a link is not
/// followed; generation rejects it.
pub(super) fn is_set(out: &Path) -> bool {
    let manifest = out.join("Cargo.toml");
    if !manifest.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let manifest = read(&manifest);
    let dependencies = manifest.as_ref().and_then(|manifest| manifest.get("dependencies"));
    dependencies.is_some_and(|dependencies| dependencies.get("evergrant-sdk").is_some())
}

/// Returns the source code that this program was built from, if it still exists in the same version. Within the same
/// checkout the path is relative, so that it is valid in other checkouts too.
pub(super) fn from_checkout(out: &Path) -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.parent()?;
    let checkout = checkout.canonicalize().ok()?;
    let source = checkout.join(PATH_IN_CHECKOUT);
    if !is_runtime(&source) || version(&checkout)? != env!("CARGO_PKG_VERSION") {
        return None;
    }
    let out = resolved(out).ok()?;
    Some(match out.starts_with(&checkout) {
        true => relative(&out, &source),
        false => source,
    })
}

/// Returns the crate's path from `--runtime`, the path of a checkout or of the crate itself. A relative path is
/// relative to the current directory, and is converted to one relative to the package.
pub(super) fn from_path(path: &Path, out: &Path) -> Result<PathBuf, Failure> {
    let found = [path.to_owned(), path.join(PATH_IN_CHECKOUT)]
        .into_iter()
        .find(|path| is_runtime(path));
    let Some(found) = found else {
        return Err(Failure::usage(format!(
            "{} is neither a checkout of evergrant nor its {PATH_IN_CHECKOUT}; pass --runtime the path of one of them, or `registry`",
            path.display()
        )));
    };
    if found.is_absolute() {
        return Ok(found);
    }
    let failed = |error| local("cannot resolve the paths of --runtime and --out", error);
    let source = found.canonicalize().map_err(failed)?;
    Ok(relative(&resolved(out).map_err(failed)?, &source))
}

fn is_runtime(directory: &Path) -> bool {
    let manifest = read(&directory.join("Cargo.toml"));
    let name = manifest
        .as_ref()
        .and_then(|manifest| manifest.get("package")?.get("name")?.as_str());
    name == Some("evergrant-sdk")
}

/// The workspace version of a checkout.
fn version(checkout: &Path) -> Option<String> {
    let manifest = read(&checkout.join("Cargo.toml"))?;
    let version = manifest.get("workspace")?.get("package")?.get("version")?.as_str()?;
    Some(version.to_owned())
}

/// Reads a manifest if it is a regular file, up to the maximum size: reading a pipe or a device might never end.
fn read(manifest: &Path) -> Option<toml::Table> {
    if !fs::metadata(manifest).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let file = File::open(manifest).ok()?;
    file.take(MAX_MANIFEST_BYTES).read_to_string(&mut text).ok()?;
    text.parse().ok()
}

/// Resolves the links in the existing part of a path.
fn resolved(path: &Path) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut existing = absolute.as_path();
    loop {
        if let Ok(real) = existing.canonicalize() {
            let rest = absolute.strip_prefix(existing).unwrap_or(Path::new(""));
            return Ok(rest.components().fold(real, |mut path, part| {
                match part {
                    Component::ParentDir => drop(path.pop()),
                    part => path.push(part),
                }
                path
            }));
        }
        match existing.parent() {
            Some(parent) => existing = parent,
            None => return Ok(absolute),
        }
    }
}

/// The relative path from one directory to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_go_up_and_down() {
        let path = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(
            path("/a/sdks/b", "/a/crates/evergrant-sdk"),
            Path::new("../../crates/evergrant-sdk")
        );
        assert_eq!(path("/a", "/a/b"), Path::new("b"));
        assert_eq!(path("/x/y", "/a"), Path::new("../../a"));
    }

    #[test]
    fn a_missing_directory_is_resolved_through_its_existing_parent() {
        let current = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(
            resolved(Path::new("not/there/../yet")).unwrap(),
            current.join("not/yet")
        );
        assert_eq!(resolved(Path::new(".")).unwrap(), current);
    }
}
