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

/// The source of the `evergrant-sdk` dependency in a generated package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Runtime {
    /// Keeps the source in the existing `Cargo.toml`, and uses the registry if there is none.
    #[default]
    Unchanged,
    /// Uses the version of this crate from the registry.
    Registry,
    /// Uses this path. The version is written to `Cargo.toml` too, so that the package can be published.
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

/// A difference between a directory and the generated package, with the path of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The package contains this file, but the directory does not.
    Missing(PathBuf),
    /// The file in the directory differs from the file of the package.
    Changed(PathBuf),
    /// The directory contains a generated file that is no longer part of the package.
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
