//! Writes the package to disk: replaces generated files and keeps manual changes.

mod directory;
mod file_list;
mod manifest;
mod readme;
#[cfg(test)]
mod tests;
mod write;

use std::path::PathBuf;

pub(crate) use self::manifest::Manifest;

/// The source of the dependency `evergrant-sdk` in the `Cargo.toml` of a generated package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Runtime {
    /// Keeps the source in an existing `Cargo.toml`, and uses the registry if the package has no `Cargo.toml` yet.
    #[default]
    Unchanged,
    /// Uses the registry, with the same version as the generator.
    Registry,
    /// Uses a local path. The version is written to `Cargo.toml` too, so that the package can be published.
    Path(PathBuf),
}

/// The content of a package.
#[derive(Debug, Clone)]
pub(crate) struct Contents {
    pub(crate) manifest: Manifest,
    /// The generated section of the README.
    pub(crate) readme: String,
    /// All other files: their paths, relative to the package's directory, and their content.
    pub(crate) files: Vec<(String, String)>,
}

/// A summary of the files that [`Sdk::write`](crate::Sdk::write) wrote and removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteSummary {
    /// The paths of new and changed files.
    pub changed: Vec<PathBuf>,
    /// The paths of files that were removed because they are no longer generated.
    pub removed: Vec<PathBuf>,
    /// The number of files that were already up to date.
    pub unchanged: usize,
}

/// A difference between the files in a directory and the files of the generated package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The generated package contains the file with this path, but the directory does not.
    Missing(PathBuf),
    /// The file with this path in the directory differs from the file of the generated package.
    Changed(PathBuf),
    /// The file with this path in the directory was generated earlier, and is no longer part of the package.
    Stale(PathBuf),
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "missing: {}", path.display()),
            Self::Changed(path) => write!(f, "changed: {}", path.display()),
            Self::Stale(path) => write!(f, "no longer generated: {}", path.display()),
        }
    }
}
