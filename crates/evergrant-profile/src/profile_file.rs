//! Reads profiles from a TOML file, as the `evergrant` program does. Each profile is a table `[profiles.NAME]`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use evergrant::SecretFile;

use crate::error::Error;
use crate::profile::Profile;
use crate::profile_location::ProfileLocation;
use crate::profile_table_reader::similar;
use crate::secret::drop_byte_order_mark;
use crate::settings::FileAccess;
use crate::untyped_value::{Table, Value};
use crate::user_dirs::config_file;

impl Profile {
    /// Reads the profile `name`, which is the table `[profiles.NAME]`, from [the user's configuration
    /// file](crate::user_dirs::config_file). The `evergrant` program reads this file too.
    ///
    /// # Errors
    /// Returns an [`Error`] if the file cannot be read or does not contain the profile.
    pub fn load(name: &str) -> Result<Self, Error> {
        Self::load_from(&config_file().ok_or(Error::NoHome)?, name)
    }

    /// Reads the profile `name`, which is the table `[profiles.NAME]`, from a TOML file. Paths in the profile are
    /// relative to the folder of the file.
    ///
    /// ```
    /// use evergrant_profile::Profile;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("profiles.toml");
    /// # std::fs::write(&file, "[profiles.shop]\nclient_id = \"shop\"\n")?;
    /// let profile = Profile::load_from(&file, "shop")?;
    /// assert_eq!(profile.settings()?.client_id.as_deref(), Some("shop"));
    ///
    /// let error = Profile::load_from(&file, "shp").unwrap_err();
    /// assert!(error.to_string().ends_with("has no profile `shp`; it has `shop`"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns an [`Error`] if the file cannot be read or does not contain the profile.
    pub fn load_from(file: &Path, name: &str) -> Result<Self, Error> {
        let unreadable = |source| Error::FileUnreadable {
            profile: name.to_owned(),
            file: file.to_owned(),
            source,
        };
        let (text, access) = read_file(file).map_err(unreadable)?;
        let mut profiles = profiles(file, parse(file, &text)?)?;
        let Some(profile) = profiles.remove(name) else {
            return Err(Error::UnknownProfile {
                profile: name.to_owned(),
                file: file.to_owned(),
                others: profiles.into_keys().collect(),
            });
        };
        let Value::Table(table) = profile else {
            return Err(Error::Invalid {
                location: format!("{}: the profile `{name}`", file.display()),
                problem: format!("must be a table, written as [profiles.{name}]"),
            });
        };
        let location = ProfileLocation {
            name: Some(name.to_owned()),
            file: Some(file.to_owned()),
            folder: file.parent().map(Path::to_owned),
        };
        Ok(Self::new(location, table, access))
    }
}

/// Reads the file, and checks who can read it.
fn read_file(path: &Path) -> std::io::Result<(String, FileAccess)> {
    let mut file = File::open(path)?;
    let access = match SecretFile::is_open_to_others(&file)? {
        true => FileAccess::Others,
        false => FileAccess::OwnerOnly,
    };
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    drop_byte_order_mark(&mut text);
    Ok((text, access))
}

/// Parses TOML. The error names the line, and shows no part of the text.
fn parse(file: &Path, text: &str) -> Result<Table, Error> {
    let line = |error: &toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        text.get(..start).map_or(1, |before| before.lines().count().max(1))
    };
    let table = toml::from_str::<Value>(text).map_err(|error| Error::FileInvalid {
        file: file.to_owned(),
        line: line(&error),
    })?;
    match table {
        Value::Table(table) => Ok(table),
        _ => Ok(Table::new()),
    }
}

/// Returns the table `profiles`, which must be the only one in the file.
fn profiles(file: &Path, mut table: Table) -> Result<Table, Error> {
    const KEY: &str = "profiles";
    let location = || format!("{}: the file", file.display());
    let profiles = match table.remove(KEY) {
        None => Table::new(),
        Some(Value::Table(profiles)) => profiles,
        Some(_) => {
            return Err(Error::Invalid {
                location: location(),
                problem: format!("has an invalid `{KEY}`: it must be a table"),
            });
        }
    };
    match table.into_keys().next() {
        None => Ok(profiles),
        Some(key) => Err(Error::UnknownKey {
            location: location(),
            similar: similar(&key, &[KEY]),
            key,
        }),
    }
}
