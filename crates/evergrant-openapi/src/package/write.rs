//! Writes all files, or none if a path is blocked.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::directory::PackageDirectory;
use super::file_list::{self, FILE_LIST, MAX_LIST_BYTES};
use super::{Contents, Difference, WriteSummary, readme};
use crate::errors_and_warnings::Error;

/// Maximum size of an existing `Cargo.toml` or `README.md`.
const MAX_MERGED_BYTES: u64 = 16 * 1024 * 1024;

/// The files to write and to remove.
struct Plan<'c> {
    root: PackageDirectory,
    files: Vec<(PathBuf, Cow<'c, str>)>,
    stale: Vec<PathBuf>,
}

impl Contents {
    pub(crate) fn write(&self, directory: &Path) -> Result<WriteSummary, Error> {
        let Plan { mut root, files, stale } = self.plan(directory)?;
        let mut written = WriteSummary::default();
        for (path, text) in files {
            if content_equals(&root, &path, &text)? == Some(true) {
                written.unchanged += 1;
                continue;
            }
            root.write(&path, text.as_bytes())?;
            written.changed.push(path);
        }
        for path in stale {
            root.remove(&path)?;
            written.removed.push(path);
        }
        Ok(written)
    }

    pub(crate) fn check(&self, directory: &Path) -> Result<Vec<Difference>, Error> {
        let Plan { root, files, stale } = self.plan(directory)?;
        let mut differences = Vec::new();
        for (path, text) in files {
            match content_equals(&root, &path, &text)? {
                None => differences.push(Difference::Missing(path)),
                Some(false) => differences.push(Difference::Changed(path)),
                Some(true) => {}
            }
        }
        differences.extend(stale.into_iter().map(Difference::Stale));
        Ok(differences)
    }

    /// Checks the paths of all files to be written or removed, before any change.
    fn plan(&self, directory: &Path) -> Result<Plan<'_>, Error> {
        let root = PackageDirectory::open(directory)?;
        let previous = previous_files(&root)?;
        let manifest = Path::new("Cargo.toml");
        let unmergeable = |problem| Error::Unmergeable {
            path: root.display_path(manifest),
            problem,
        };
        let manifest_text = self.manifest.merge_into(read_to_merge(&root, manifest)?.as_deref());
        let manifest_text = manifest_text.map_err(unmergeable)?;
        let readme = read_to_merge(&root, Path::new("README.md"))?;
        let readme = readme::merge_into(readme.as_deref(), &self.readme);
        let mut files: Vec<(PathBuf, Cow<'_, str>)> = Vec::with_capacity(self.files.len() + 3);
        for (path, text) in &self.files {
            let path = PathBuf::from(path);
            if root.has_file(&path)? && !previous.contains(&path) {
                return Err(Error::NotGenerated {
                    path: root.display_path(&path),
                });
            }
            files.push((path, text.into()));
        }
        let names: BTreeSet<&Path> = files.iter().map(|(path, _)| path.as_path()).collect();
        let mut stale = Vec::new();
        for path in previous {
            if !names.contains(path.as_path()) && root.has_file(&path)? {
                stale.push(path);
            }
        }
        let list: String = names.iter().map(|path| format!("{}\n", path.display())).collect();
        files.extend([
            (manifest.to_owned(), manifest_text.into()),
            ("README.md".into(), readme.into()),
            (FILE_LIST.into(), list.into()),
        ]);
        Ok(Plan { root, files, stale })
    }
}

/// Reads the list of generated files.
fn previous_files(root: &PackageDirectory) -> Result<BTreeSet<PathBuf>, Error> {
    let path = Path::new(FILE_LIST);
    let content = root.read(path, MAX_LIST_BYTES)?.unwrap_or_default();
    file_list::parse(&content).map_err(|invalid| Error::InvalidFileList {
        path: root.display_path(path),
        line: invalid.line,
        problem: invalid.problem,
    })
}

/// Reads an existing file into which generated content is merged.
fn read_to_merge(root: &PackageDirectory, path: &Path) -> Result<Option<String>, Error> {
    let Some(content) = root.read(path, MAX_MERGED_BYTES)? else {
        return Ok(None);
    };
    let unmergeable = |problem: String| Error::Unmergeable {
        path: root.display_path(path),
        problem,
    };
    if content.len() as u64 > MAX_MERGED_BYTES {
        return Err(unmergeable(format!(
            "the file is larger than {} MiB",
            MAX_MERGED_BYTES >> 20
        )));
    }
    let text = String::from_utf8(content).map_err(|_| unmergeable("the file is not valid UTF-8".to_owned()))?;
    Ok(Some(text))
}

/// Returns whether a file has this content; `None` if it does not exist. Reads no more than necessary for the
/// comparison.
fn content_equals(root: &PackageDirectory, path: &Path, text: &str) -> Result<Option<bool>, Error> {
    let content = root.read(path, text.len() as u64)?;
    Ok(content.map(|content| content == text.as_bytes()))
}
