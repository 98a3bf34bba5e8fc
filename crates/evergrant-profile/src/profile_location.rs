//! The name and file of a profile, for messages and for relative paths.

use std::path::{Path, PathBuf};

/// The name and file of a profile, if they are known.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProfileLocation {
    pub(crate) name: Option<String>,
    pub(crate) file: Option<PathBuf>,
    /// The base of relative paths; by default the working directory.
    pub(crate) folder: Option<PathBuf>,
}

impl ProfileLocation {
    /// Returns ``the profile `shop` ``.
    pub(crate) fn profile(&self) -> String {
        match &self.name {
            Some(name) => format!("the profile `{name}`"),
            None => "the profile".to_owned(),
        }
    }

    /// Returns ``the profile `shop` of /etc/shop.toml``.
    pub(crate) fn description(&self) -> String {
        match &self.file {
            Some(file) => format!("{} of {}", self.profile(), file.display()),
            None => self.profile(),
        }
    }

    /// Returns the start of a message: ``/etc/shop.toml: the profile `shop` ``.
    pub(crate) fn message_prefix(&self) -> String {
        match &self.file {
            Some(file) => format!("{}: {}", file.display(), self.profile()),
            None => self.profile(),
        }
    }

    /// Returns the name of a key, for messages: ``client_secret_env in the profile `shop` ``.
    pub(crate) fn setting(&self, key: &str) -> String {
        format!("{key} in {}", self.description())
    }

    /// Resolves a path, relative to the profile's folder or to the user's home (`~/`).
    pub(crate) fn resolve(&self, path: &str) -> PathBuf {
        if let Some(rest) = path.strip_prefix("~/")
            && let Some(home) = std::env::var_os("HOME")
        {
            return Path::new(&home).join(rest);
        }
        match &self.folder {
            Some(folder) => folder.join(path),
            None => path.into(),
        }
    }
}
