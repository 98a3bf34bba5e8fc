//! The user's folders for data that outlives one run of the program.

use std::path::PathBuf;

use evergrant_profile::user_dirs;

use crate::failure::Failure;

/// Returns the absolute path `$XDG_STATE_HOME/evergrant/NAME`.
pub(crate) fn state(name: &str) -> Result<PathBuf, Failure> {
    let folder = user_dirs::state_folder().map(|folder| folder.join(name));
    folder.ok_or_else(no_home)
}

/// The error for a user without a home directory.
pub(crate) fn no_home() -> Failure {
    Failure::usage("cannot store tokens: there is no home directory; set XDG_STATE_HOME")
}
