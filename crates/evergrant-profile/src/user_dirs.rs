//! The user's folders for configuration and state (XDG Base Directory Specification) that the `evergrant` program uses.

use std::path::{Path, PathBuf};

/// Returns the path of the configuration file of the `evergrant` program, which contains profiles:
/// `$XDG_CONFIG_HOME/evergrant/config.toml`, by default in `~/.config`. Returns `None` if the home directory is not
/// known.
#[must_use]
pub fn config_file() -> Option<PathBuf> {
    evergrant_folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("config.toml"))
}

/// Returns the folder in which the `evergrant` program stores tokens: `$XDG_STATE_HOME/evergrant`, by default in
/// `~/.local/state`. The path is absolute. Returns `None` if the home directory is not known.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    evergrant_folder("XDG_STATE_HOME", ".local/state").filter(|folder| folder.is_absolute())
}

fn evergrant_folder(variable: &str, default: &str) -> Option<PathBuf> {
    let path_from_env = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    path_from_env(variable)
        .filter(|folder| folder.is_absolute())
        .or_else(|| path_from_env("HOME").map(|home| Path::new(&home).join(default)))
        .map(|folder| folder.join("evergrant"))
}
