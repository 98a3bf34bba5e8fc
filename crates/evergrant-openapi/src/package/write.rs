//! Files go to disk: all of them or, where something is in the way, none.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::list::{self, LARGEST_LIST, LIST};
use super::root::Root;
use super::{Contents, Difference, Written, readme};
use crate::problem::Error;

/// In bytes: `Cargo.toml` and `README.md`, which are read to be added to.
const LARGEST_KEPT: u64 = 16 * 1024 * 1024;

/// What a directory is to hold.
struct Plan<'c> {
    root: Root,
    files: Vec<(PathBuf, Cow<'c, str>)>,
    stale: Vec<PathBuf>,
}

impl Contents {
    pub(crate) fn write(&self, directory: &Path) -> Result<Written, Error> {
        let Plan { mut root, files, stale } = self.plan(directory)?;
        let mut written = Written::default();
        for (path, text) in files {
            if is_same(&root, &path, &text)? == Some(true) {
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
            match is_same(&root, &path, &text)? {
                None => differences.push(Difference::Missing(path)),
                Some(false) => differences.push(Difference::Changed(path)),
                Some(true) => {}
            }
        }
        differences.extend(stale.into_iter().map(Difference::Stale));
        Ok(differences)
    }

    /// Looks at the place of everything that is to be written or removed, before anything is.
    fn plan(&self, directory: &Path) -> Result<Plan<'_>, Error> {
        let root = Root::open(directory)?;
        let earlier = earlier(&root)?;
        let manifest = Path::new("Cargo.toml");
        let unusable = |problem| Error::Kept {
            path: root.shown(manifest),
            problem,
        };
        let manifest_text = self.manifest.written_into(kept(&root, manifest)?.as_deref());
        let manifest_text = manifest_text.map_err(unusable)?;
        let readme = kept(&root, Path::new("README.md"))?;
        let readme = readme::written_into(readme.as_deref(), &self.readme);
        let mut files: Vec<(PathBuf, Cow<'_, str>)> = Vec::with_capacity(self.files.len() + 3);
        for (path, text) in &self.files {
            let path = PathBuf::from(path);
            if root.has_file(&path)? && !earlier.contains(&path) {
                return Err(Error::InTheWay {
                    path: root.shown(&path),
                });
            }
            files.push((path, text.into()));
        }
        let names: BTreeSet<&Path> = files.iter().map(|(path, _)| path.as_path()).collect();
        let mut stale = Vec::new();
        for path in earlier {
            if !names.contains(path.as_path()) && root.has_file(&path)? {
                stale.push(path);
            }
        }
        let list: String = names.iter().map(|path| format!("{}\n", path.display())).collect();
        files.extend([
            (manifest.to_owned(), manifest_text.into()),
            ("README.md".into(), readme.into()),
            (LIST.into(), list.into()),
        ]);
        Ok(Plan { root, files, stale })
    }
}

/// The files of the last generation.
fn earlier(root: &Root) -> Result<BTreeSet<PathBuf>, Error> {
    let path = Path::new(LIST);
    let content = root.read(path, LARGEST_LIST)?.unwrap_or_default();
    list::parse(&content).map_err(|refused| Error::FileList {
        path: root.shown(path),
        line: refused.line,
        problem: refused.problem,
    })
}

/// What a file says that is added to.
fn kept(root: &Root, path: &Path) -> Result<Option<String>, Error> {
    let Some(content) = root.read(path, LARGEST_KEPT)? else {
        return Ok(None);
    };
    let unusable = |problem: String| Error::Kept {
        path: root.shown(path),
        problem,
    };
    if content.len() as u64 > LARGEST_KEPT {
        return Err(unusable(format!("it is larger than {} MiB", LARGEST_KEPT >> 20)));
    }
    let text = String::from_utf8(content).map_err(|_| unusable("it is not UTF-8 text".to_owned()))?;
    Ok(Some(text))
}

/// Whether a file says this already; `None` if it is not there. No more is read than can be the same.
fn is_same(root: &Root, path: &Path, text: &str) -> Result<Option<bool>, Error> {
    let content = root.read(path, text.len() as u64)?;
    Ok(content.map(|content| content == text.as_bytes()))
}
