//! Where a generated package finds `evergrant-sdk` on this machine.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use crate::failure::{Failure, local};

/// The crate's place in a checkout.
const IN_CHECKOUT: &str = "crates/evergrant-sdk";

/// In bytes; no manifest that names a dependency is larger.
const LARGEST_MANIFEST: u64 = 16 * 1024 * 1024;

/// Whether a package that is there says where it has the runtime from. A link in place of its `Cargo.toml` is not followed;
/// generation refuses it.
pub(super) fn is_named(out: &Path) -> bool {
    let manifest = out.join("Cargo.toml");
    if !manifest.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let manifest = read(&manifest);
    let dependencies = manifest.as_ref().and_then(|manifest| manifest.get("dependencies"));
    dependencies.is_some_and(|dependencies| dependencies.get("evergrant-sdk").is_some())
}

/// The source that this program was built from, if it is still there and still this program's. Within the same checkout the
/// path is relative, so that another checkout has it too.
pub(super) fn built_from(out: &Path) -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.parent()?;
    let checkout = checkout.canonicalize().ok()?;
    let source = checkout.join(IN_CHECKOUT);
    if !is_runtime(&source) || version(&checkout)? != env!("CARGO_PKG_VERSION") {
        return None;
    }
    let out = resolved(out).ok()?;
    Some(match out.starts_with(&checkout) {
        true => relative(&out, &source),
        false => source,
    })
}

/// The path that was given: of a checkout, or of the crate itself. A relative one counts from here, and is written as it counts
/// from the package.
pub(super) fn within(path: &Path, out: &Path) -> Result<PathBuf, Failure> {
    let found = [path.to_owned(), path.join(IN_CHECKOUT)]
        .into_iter()
        .find(|path| is_runtime(path));
    let Some(found) = found else {
        return Err(Failure::usage(format!(
            "{} is neither evergrant's source nor {IN_CHECKOUT} in it; give --runtime the path of one of them, or `registry`",
            path.display()
        )));
    };
    if found.is_absolute() {
        return Ok(found);
    }
    let cannot = |error| local("cannot tell where --runtime and --out are", error);
    let source = found.canonicalize().map_err(cannot)?;
    Ok(relative(&resolved(out).map_err(cannot)?, &source))
}

fn is_runtime(directory: &Path) -> bool {
    let manifest = read(&directory.join("Cargo.toml"));
    let name = manifest
        .as_ref()
        .and_then(|manifest| manifest.get("package")?.get("name")?.as_str());
    name == Some("evergrant-sdk")
}

/// The version of everything in a checkout.
fn version(checkout: &Path) -> Option<String> {
    let manifest = read(&checkout.join("Cargo.toml"))?;
    let version = manifest.get("workspace")?.get("package")?.get("version")?.as_str()?;
    Some(version.to_owned())
}

/// A manifest that is a file, of a size that one has: reading from a pipe or a device might never end.
fn read(manifest: &Path) -> Option<toml::Table> {
    if !fs::metadata(manifest).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let file = File::open(manifest).ok()?;
    file.take(LARGEST_MANIFEST).read_to_string(&mut text).ok()?;
    text.parse().ok()
}

/// Where a directory is, or will be, without links on the way as far as it is there.
fn resolved(path: &Path) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut there = absolute.as_path();
    loop {
        if let Ok(real) = there.canonicalize() {
            let rest = absolute.strip_prefix(there).unwrap_or(Path::new(""));
            return Ok(rest.components().fold(real, |mut path, part| {
                match part {
                    Component::ParentDir => drop(path.pop()),
                    part => path.push(part),
                }
                path
            }));
        }
        match there.parent() {
            Some(parent) => there = parent,
            None => return Ok(absolute),
        }
    }
}

/// The way from a directory to another.
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
    fn the_way_goes_up_and_down_again() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(
            way("/a/sdks/b", "/a/crates/evergrant-sdk"),
            Path::new("../../crates/evergrant-sdk")
        );
        assert_eq!(way("/a", "/a/b"), Path::new("b"));
        assert_eq!(way("/x/y", "/a"), Path::new("../../a"));
    }

    #[test]
    fn a_directory_that_is_not_there_yet_is_resolved_as_far_as_it_is() {
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(resolved(Path::new("not/there/../yet")).unwrap(), here.join("not/yet"));
        assert_eq!(resolved(Path::new(".")).unwrap(), here);
    }
}
