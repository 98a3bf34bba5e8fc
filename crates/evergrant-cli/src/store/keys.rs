//! Where the keys are that stored tokens are encrypted with.

use std::path::PathBuf;

use evergrant_store::KeyRing;

use crate::failure::Failure;

/// A key ring's place. `setting` is what named it, for messages: what stands there may be a key itself, given by mistake.
pub(crate) enum KeySource {
    Env { variable: String, setting: &'static str },
    File { path: PathBuf, setting: &'static str },
}

impl KeySource {
    /// Reads the keys.
    pub(crate) fn read(self) -> Result<KeyRing, Failure> {
        match self {
            Self::Env { variable, setting } => {
                if std::env::var_os(&variable).is_none() {
                    return Err(Failure::usage(format!(
                        "the environment variable named by {setting} is not set; export it, or say where else the keys are"
                    )));
                }
                KeyRing::from_env(&variable).map_err(|error| Failure::usage(format!("{setting}: {error}")))
            }
            Self::File { path, setting } => {
                if std::fs::symlink_metadata(&path).is_err() {
                    return Err(Failure::usage(format!(
                        "the file named by {setting} is not there; `evergrant store new-key` prints a key to begin it with"
                    )));
                }
                KeyRing::from_file(&path).map_err(|error| Failure::usage(format!("{setting}: {error}")))
            }
        }
    }
}
