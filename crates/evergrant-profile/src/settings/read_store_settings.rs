//! Converts the keys of the token store to store settings.

use evergrant::Secret;

use super::read_from_profile::FileAccess;
use crate::error::Error;
use crate::profile_table_reader::Reader;
use crate::secret::SecretRef;
use crate::store::{StoreChoice, StoreEncryption, StoreLocation, StoreSettings};

pub(super) fn read_store(profile: &mut Reader, access: FileAccess) -> Result<StoreSettings, Error> {
    let settings = StoreSettings {
        choice: choice(profile, access)?,
        encryption: encryption(profile)?,
        allow_unencrypted_connection: profile.boolean("danger_unencrypted_store_connection")?,
        allow_clear_text_password: profile.boolean("danger_clear_text_store_password")?,
        namespace: profile.string("store_namespace")?,
        credential_label: profile.string("credential_label")?,
    };
    let allows_plaintext = settings.allow_unencrypted_connection
        || settings.allow_clear_text_password
        || matches!(settings.encryption, Some(StoreEncryption::Plaintext));
    match allows_plaintext && !matches!(settings.choice, Some(StoreChoice::At(_))) {
        true => Err(profile.invalid("allows unencrypted tokens, but sets no store; set `store` or `store_env`")),
        false => Ok(settings),
    }
}

fn choice(profile: &mut Reader, access: FileAccess) -> Result<Option<StoreChoice>, Error> {
    let cache = profile.optional_boolean("cache")?;
    let literal = profile.string("store")?.map(Secret::new);
    let variable = profile.string("store_env")?;
    let location = match (cache, literal, variable) {
        (None, None, None) => return Ok(None),
        (Some(false), None, None) => return Ok(Some(StoreChoice::Disabled)),
        (Some(true), None, None) => cache_location(profile)?,
        (None, Some(url), None) => store_location(profile, url, access)?,
        (None, None, Some(variable)) => {
            let url = SecretRef::env(profile.location.setting("store_env"), variable).read_url()?;
            StoreLocation::new(url, "store_env in the profile")
        }
        _ => {
            return Err(profile.invalid("sets the token store more than once; keep one of cache, store and store_env"));
        }
    };
    Ok(Some(StoreChoice::At(location)))
}

fn cache_location(profile: &Reader) -> Result<StoreLocation, Error> {
    StoreLocation::cache("`cache` in the profile").ok_or_else(|| {
        profile.invalid("has `cache = true`, but there is no home directory to store tokens in; set XDG_STATE_HOME")
    })
}

fn store_location(profile: &Reader, url: Secret, access: FileAccess) -> Result<StoreLocation, Error> {
    let location = StoreLocation::new(url, "`store` in the profile");
    match (location.has_password(), access) {
        (true, FileAccess::Others) => Err(profile.invalid(
            "has a `store` with a user name or password, in a file that others can read; chmod 600 it, or provide the URL by reference: store_env = \"VARIABLE\"",
        )),
        (true, FileAccess::Unknown) => Err(profile.invalid(
            "has a `store` with a user name or password; provide the URL by reference: store_env = \"VARIABLE\"",
        )),
        _ if location.is_relative() => Err(profile.invalid_value("store", "an absolute path, as in file:/folder")),
        _ => Ok(location),
    }
}

fn encryption(profile: &mut Reader) -> Result<Option<StoreEncryption>, Error> {
    let variable = profile.string("store_keys_env")?;
    let file = profile.string("store_keys_file")?;
    let plaintext = profile.boolean("danger_plaintext_store")?;
    let keys = match (variable, file, plaintext) {
        (None, None, false) => return Ok(None),
        (None, None, true) => return Ok(Some(StoreEncryption::Plaintext)),
        (Some(variable), None, false) => SecretRef::env(profile.location.setting("store_keys_env"), variable),
        (None, Some(file), false) => SecretRef::file_with_display_path(
            profile.location.setting("store_keys_file"),
            &file,
            profile.location.resolve(&file),
        ),
        _ => {
            return Err(profile.invalid(
                "sets the encryption of stored tokens more than once; keep one of store_keys_env, store_keys_file and danger_plaintext_store",
            ));
        }
    };
    Ok(Some(StoreEncryption::Keys(keys)))
}
