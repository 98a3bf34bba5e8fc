//! Where the keys are that stored tokens are encrypted with.

use std::path::PathBuf;

use evergrant_store::KeyRing;

use crate::failure::Failure;
use crate::reference::Reference;

/// A key ring's place. `reference` names it for messages.
pub(crate) enum KeySource {
    Env { variable: String, reference: Reference },
    File { path: PathBuf, reference: Reference },
}

impl KeySource {
    /// Reads the keys.
    pub(crate) fn read(self) -> Result<KeyRing, Failure> {
        match self {
            Self::Env { variable, reference } => {
                if std::env::var_os(&variable).is_none() {
                    return Err(Failure::usage(format!(
                        "the environment variable {reference} is not set; export it, or say where else the keys are"
                    )));
                }
                KeyRing::from_env(&variable)
                    .map_err(|error| Failure::usage(format!("{}: {error}", reference.setting())))
            }
            Self::File { path, reference } => {
                if std::fs::symlink_metadata(&path).is_err() {
                    return Err(Failure::usage(format!(
                        "the file {reference} is not there; `evergrant store new-key` prints a key to begin it with"
                    )));
                }
                KeyRing::from_file(&path).map_err(|error| Failure::usage(format!("{}: {error}", reference.setting())))
            }
        }
    }
}
