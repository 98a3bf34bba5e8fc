//! Files go to disk: all of them or, where something is in the way, none.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{Contents, Difference, Written, readme};
use crate::problem::Error;

/// Names the files of the last generation, so that the next one knows them.
const LIST: &str = ".evergrant-files";

/// What a directory is to hold.
struct Plan {
    files: Vec<(PathBuf, String)>,
    stale: Vec<PathBuf>,
}

impl Contents {
    pub(crate) fn write(&self, directory: &Path) -> Result<Written, Error> {
        let plan = self.plan(directory)?;
        let mut written = Written::default();
        for (path, text) in plan.files {
            let full = directory.join(&path);
            if present(&full)?.as_deref() == Some(text.as_str()) {
                written.unchanged += 1;
                continue;
            }
            put(&full, &text).map_err(|source| Error::Write {
                path: full.clone(),
                source,
            })?;
            written.changed.push(path);
        }
        for path in plan.stale {
            let full = directory.join(&path);
            fs::remove_file(&full).map_err(|source| Error::Write {
                path: full.clone(),
                source,
            })?;
            // A directory that is empty now goes with it; one that is not stays.
            if let Some(parent) = full.parent() {
                let _ = fs::remove_dir(parent);
            }
            written.removed.push(path);
        }
        Ok(written)
    }

    pub(crate) fn check(&self, directory: &Path) -> Result<Vec<Difference>, Error> {
        let plan = self.plan(directory)?;
        let mut differences = Vec::new();
        for (path, text) in plan.files {
            match present(&directory.join(&path))? {
                None => differences.push(Difference::Missing(path)),
                Some(known) if known != text => differences.push(Difference::Changed(path)),
                Some(_) => {}
            }
        }
        differences.extend(plan.stale.into_iter().map(Difference::Stale));
        Ok(differences)
    }

    fn plan(&self, directory: &Path) -> Result<Plan, Error> {
        let earlier = earlier(directory)?;
        let kept = |name: &str| present(&directory.join(name));
        let manifest = self
            .manifest
            .written_into(kept("Cargo.toml")?.as_deref())
            .map_err(|problem| Error::Kept {
                path: directory.join("Cargo.toml"),
                problem,
            })?;
        let readme = readme::written_into(kept("README.md")?.as_deref(), &self.readme);
        let mut files: Vec<(PathBuf, String)> = self
            .files
            .iter()
            .map(|(path, text)| (path.into(), text.clone()))
            .collect();
        for (path, _) in &files {
            let full = directory.join(path);
            if !earlier.contains(path) && full.symlink_metadata().is_ok() {
                return Err(Error::InTheWay { path: full });
            }
        }
        let names: BTreeSet<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
        let mut stale = Vec::new();
        for path in earlier.difference(&names) {
            if directory.join(path).symlink_metadata().is_ok() {
                stale.push(path.clone());
            }
        }
        let list: String = names.iter().map(|path| format!("{}\n", path.display())).collect();
        files.extend([
            ("Cargo.toml".into(), manifest),
            ("README.md".into(), readme),
            (LIST.into(), list),
        ]);
        Ok(Plan { files, stale })
    }
}

/// The files of the last generation: plain paths below the directory, whatever the list says.
fn earlier(directory: &Path) -> Result<BTreeSet<PathBuf>, Error> {
    let list = present(&directory.join(LIST))?.unwrap_or_default();
    let paths = list.lines().map(PathBuf::from);
    let is_plain = |path: &PathBuf| path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_ours = |path: &PathBuf| path.starts_with("src") || path.starts_with("doc/auth");
    Ok(paths.filter(|path| is_plain(path) && is_ours(path)).collect())
}

/// What a file says, if it is there.
fn present(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(Error::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// A reader sees the old file or the new one, never half of it.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = directory.join(name);
    fs::write(&new, text)?;
    fs::rename(&new, path)
}
