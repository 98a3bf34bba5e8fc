//! Profiles: settings from a file. Flags override them.

use std::path::Path;

use evergrant_profile::{Profile, Settings};

use crate::failure::Failure;

/// Reads the profile `name` from `file`, or from the default file.
pub(crate) fn load(name: &str, file: Option<&Path>) -> Result<Settings, Failure> {
    let profile = match file {
        Some(file) => Profile::load_from(file, name)?,
        None => Profile::load(name)?,
    };
    Ok(profile.settings()?)
}
