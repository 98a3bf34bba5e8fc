//! The package on disk: what is generated is replaced, what was added by hand is kept.

mod list;
mod manifest;
mod readme;
mod root;
#[cfg(test)]
mod tests;
mod write;

use std::path::PathBuf;

pub(crate) use self::manifest::Manifest;

/// Where a generated package takes its runtime, `evergrant-sdk`, from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Runtime {
    /// Wherever `Cargo.toml` has it from already; the registry where it does not name it yet.
    #[default]
    Kept,
    /// The registry.
    Registry,
    /// A directory, as written into `Cargo.toml`; and the registry once the package is published.
    Path(PathBuf),
}

/// What a package consists of.
#[derive(Debug, Clone)]
pub(crate) struct Contents {
    pub(crate) manifest: Manifest,
    /// The generated part of the README.
    pub(crate) readme: String,
    /// All other files, by their paths below the package's directory.
    pub(crate) files: Vec<(String, String)>,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Files that are new or have changed.
    pub changed: Vec<PathBuf>,
    /// Files of an earlier generation that are gone.
    pub removed: Vec<PathBuf>,
    /// Files that were right already.
    pub unchanged: usize,
}

/// What is not as it would be generated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The file is not there.
    Missing(PathBuf),
    /// The file is there, and says something else.
    Changed(PathBuf),
    /// The file is left from an earlier generation.
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
