//! Where Postgres' programs are.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::engine::process::program;

/// Debian's, that all of them are in.
pub(in crate::engine) const PACKAGE: &str = "postgresql";

/// Whether all of Postgres that is needed is there.
pub(in crate::engine) fn all() -> Result<()> {
    ["initdb", "postgres", "psql"]
        .iter()
        .try_for_each(|name| bin(name).map(|_| ()))
}

/// One of Postgres' programs: Debian's, the newest version of them, or else where `PATH` says.
pub(super) fn bin(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path()).collect();
    let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    versions.sort_by_key(|path| Reverse(number(path)));
    let folders: Vec<PathBuf> = versions.iter().map(|version| version.join("bin")).collect();
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    program(name, &folders, PACKAGE)
}
