//! Finds the programs of Postgres.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use supervisor::find_program;

/// The Debian package with all programs.
pub(in crate::engine) const PACKAGE: &str = "postgresql";

/// Checks that all required programs are installed.
pub(in crate::engine) fn check_installed() -> Result<()> {
    ["initdb", "postgres", "psql"]
        .iter()
        .try_for_each(|name| find(name).map(|_| ()))
}

/// Finds a program: the newest Debian version, or one in `PATH`.
pub(super) fn find(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path()).collect();
    let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    versions.sort_by_key(|path| Reverse(number(path)));
    let folders: Vec<PathBuf> = versions.iter().map(|version| version.join("bin")).collect();
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    find_program(name, &folders, PACKAGE)
}
