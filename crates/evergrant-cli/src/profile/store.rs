//! What a profile says of the store that keeps its tokens: where it is, and where the keys are.

use evergrant::Secret;

use super::{Reader, resolve};
use crate::failure::Failure;
use crate::reference::Reference;
use crate::store::{Choice, Encryption, KeySource, Permits, Place, StoreSettings};

pub(super) fn read(profile: &mut Reader, open_to_others: bool) -> Result<StoreSettings, Failure> {
    let choice = choice(profile, open_to_others)?;
    let encryption = encryption(profile)?;
    let permits = Permits {
        unencrypted_connection: profile.boolean("danger_unencrypted_store_connection")? == Some(true),
        clear_text_password: profile.boolean("danger_clear_text_store_password")? == Some(true),
    };
    let permits_any = permits != Permits::default() || matches!(encryption, Some(Encryption::Plaintext));
    if permits_any && !matches!(choice, Some(Choice::At(_))) {
        return Err(profile.refuse(
            "lets tokens lie or travel unencrypted, and does not say in which store; give `store` or `store_env`",
        ));
    }
    Ok(StoreSettings {
        choice,
        encryption,
        permits,
        namespace: profile.string("store_namespace")?,
        credential_label: profile.string("credential_label")?,
        ..StoreSettings::default()
    })
}

fn choice(profile: &mut Reader, open_to_others: bool) -> Result<Option<Choice>, Failure> {
    let cache = profile.boolean("cache")?;
    let literal = profile.string("store")?.map(Secret::new);
    let variable = profile.string("store_env")?;
    match (cache, literal, variable) {
        (None, None, None) => Ok(None),
        (Some(false), None, None) => Ok(Some(Choice::Nowhere)),
        (Some(true), None, None) => Ok(Some(Choice::At(Place::cache()?))),
        (None, Some(url), None) => {
            let place = Place::named(url, "`store` in the profile");
            if open_to_others && place.holds_password() {
                return Err(profile.refuse(
                    "has a `store` with a user name or password, in a file that others can read; chmod 600 it, or give the URL by reference: store_env = \"VARIABLE\"",
                ));
            }
            match place.is_relative() {
                true => Err(profile.wrong("store", "the whole path of a folder, as in file:/folder")),
                false => Ok(Some(Choice::At(place))),
            }
        }
        (None, None, Some(variable)) => {
            let place = Place::from_variable(
                &variable,
                "store_env in the profile",
                &Reference::to_variable(profile.setting("store_env"), &variable),
            )?;
            Ok(Some(Choice::At(place)))
        }
        _ => Err(profile.refuse("says more than once where tokens are kept; keep one of cache, store and store_env")),
    }
}

fn encryption(profile: &mut Reader) -> Result<Option<Encryption>, Failure> {
    let variable = profile.string("store_keys_env")?;
    let file = profile.string("store_keys_file")?;
    let plaintext = profile.boolean("danger_plaintext_store")? == Some(true);
    match (variable, file, plaintext) {
        (None, None, false) => Ok(None),
        (None, None, true) => Ok(Some(Encryption::Plaintext)),
        (Some(variable), None, false) => Ok(Some(Encryption::With(KeySource::Env {
            reference: Reference::to_variable(profile.setting("store_keys_env"), &variable),
            variable,
        }))),
        (None, Some(file), false) => Ok(Some(Encryption::With(KeySource::File {
            path: resolve(&file, profile.path()),
            reference: Reference::to_file(profile.setting("store_keys_file"), &file),
        }))),
        _ => Err(profile.refuse(
            "says more than once how stored tokens are encrypted; keep one of store_keys_env, store_keys_file and danger_plaintext_store",
        )),
    }
}
