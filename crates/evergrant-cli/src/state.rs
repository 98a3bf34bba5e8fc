//! The user's own folders for what the program keeps from one invocation to the next.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// `$XDG_STATE_HOME/evergrant/NAME`. An absolute path.
pub(crate) fn folder(name: &str) -> Result<PathBuf, Failure> {
    let given = |name| {
        let folder = std::env::var_os(name).map(PathBuf::from);
        folder.filter(|folder| folder.is_absolute())
    };
    given("XDG_STATE_HOME")
        .or_else(|| given("HOME").map(|home| Path::new(&home).join(".local/state")))
        .map(|folder| folder.join("evergrant").join(name))
        .ok_or_else(|| Failure::usage("there is no home directory to keep tokens in; set XDG_STATE_HOME"))
}
