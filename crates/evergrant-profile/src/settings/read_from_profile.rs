//! Converts the table of a profile to settings.

use std::time::Duration;

use evergrant::origin::Origin;
use evergrant::{Relaxation, Secret};

use super::read_store_settings::read_store;
use super::{AssertionSettings, AuthMethod, Settings};
use crate::error::Error;
use crate::profile_location::ProfileLocation;
use crate::profile_table_reader::Reader;
use crate::secret::SecretRef;
use crate::secret_names::is_secret_parameter;
use crate::token_header::TokenHeader;
use crate::untyped_value::{Table, Value};

/// Who can read the file of a profile.
#[cfg_attr(not(feature = "toml"), expect(dead_code, reason = "only profile files have owners"))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum FileAccess {
    /// Unknown, because the application provided the text.
    #[default]
    Unknown,
    /// Only the owner of the file.
    OwnerOnly,
    /// Other users of this machine.
    Others,
}

/// All keys, to suggest one for an unknown key.
const KEYS: [&str; 54] = [
    "access_token_at",
    "allow_origins",
    "assertion_audience",
    "assertion_file",
    "assertion_header_type",
    "assertion_type",
    "assertion_without_client_id",
    "allow_unlisted",
    "audience",
    "auth",
    "authorization_details",
    "authorization_params",
    "authorization_url",
    "base_url",
    "ca_file",
    "cache",
    "certificate_file",
    "client_id",
    "client_id_in_body",
    "client_secret",
    "client_secret_env",
    "client_secret_file",
    "credential_label",
    "danger_allow_http_to",
    "danger_allow_missing_state",
    "danger_clear_text_store_password",
    "danger_client_secret_in_file",
    "danger_plaintext_store",
    "danger_unencrypted_store_connection",
    "device_authorization_url",
    "grant_type",
    "issuer",
    "json_body",
    "key_algorithm",
    "key_file",
    "key_id",
    "params",
    "pushed_authorization_url",
    "redirect_uri",
    "renew_on",
    "resources",
    "revocation_url",
    "scopes",
    "store",
    "store_env",
    "store_keys_env",
    "store_keys_file",
    "store_namespace",
    "timeout",
    "title_case_headers",
    "token_headers",
    "token_types",
    "token_url",
    "user_agent",
];

const REMEDY: &str = "provide it by reference: client_secret_env = \"VARIABLE\" or client_secret_file = \"FILE\"";

pub(crate) fn read(location: ProfileLocation, table: Table, access: FileAccess) -> Result<Settings, Error> {
    let mut profile = Reader::new(location, table);
    let auth = match profile.string("auth")? {
        None => None,
        Some(name) => {
            let expected = "`basic`, `raw`, `post`, `none`, `client_secret_jwt` or `private_key_jwt`";
            Some(AuthMethod::from_name(&name).ok_or_else(|| profile.invalid_value("auth", expected))?)
        }
    };
    let settings = Settings {
        location: Some(profile.location.clone()),
        auth,
        assertion: AssertionSettings::read(&mut profile)?,
        timeout: timeout(&mut profile)?,
        authorization_params: params(&mut profile, "authorization_params")?,
        params: params(&mut profile, "params")?,
        ca_file: profile.string("ca_file")?.map(|file| profile.location.resolve(&file)),
        issuer: profile.string("issuer")?,
        token_url: profile.string("token_url")?,
        authorization_url: profile.string("authorization_url")?,
        device_authorization_url: profile.string("device_authorization_url")?,
        pushed_authorization_url: profile.string("pushed_authorization_url")?,
        revocation_url: profile.string("revocation_url")?,
        redirect_uri: profile.string("redirect_uri")?,
        allow_missing_state: profile.boolean("danger_allow_missing_state")?,
        client_id: profile.string("client_id")?,
        secret: secret(&mut profile, access)?,
        scopes: profile.strings("scopes")?,
        audience: profile.string("audience")?,
        authorization_details: profile.string("authorization_details")?,
        resources: profile.strings("resources")?,
        token_headers: token_headers(&mut profile)?,
        grant_type: profile.string("grant_type")?,
        client_id_in_body: profile.boolean("client_id_in_body")?,
        json_body: profile.boolean("json_body")?,
        allow_unlisted: profile.boolean("allow_unlisted")?,
        user_agent: profile.string("user_agent")?,
        token_types: profile.strings("token_types")?,
        access_token_at: profile.string("access_token_at")?,
        title_case_headers: profile.boolean("title_case_headers")?,
        plaintext_origins: origins(&mut profile, "danger_allow_http_to")?,
        base_url: profile.string("base_url")?,
        allow_origins: origins(&mut profile, "allow_origins")?,
        renew_on: profile.statuses("renew_on")?,
        store: read_store(&mut profile, access)?,
    };
    profile.finish(&KEYS)?;
    Ok(settings)
}

fn timeout(profile: &mut Reader) -> Result<Option<Duration>, Error> {
    let Some(seconds) = profile.number("timeout")? else {
        return Ok(None);
    };
    let limit = Duration::try_from_secs_f64(seconds).ok();
    let limit = limit.filter(|limit| (Duration::from_millis(1)..=Duration::from_secs(3600)).contains(limit));
    let limit =
        limit.ok_or_else(|| profile.invalid_value("timeout", "a number of seconds above 0 and at most 3600"))?;
    Ok(Some(limit))
}

/// Reads the client's secret: a reference, or the secret itself in a file that only its owner can read.
fn secret(profile: &mut Reader, access: FileAccess) -> Result<Option<SecretRef>, Error> {
    let literal = profile.string("client_secret")?.map(Secret::new);
    let danger = profile.boolean("danger_client_secret_in_file")?;
    let variable = profile.string("client_secret_env")?;
    let file = profile.string("client_secret_file")?;
    let sources = [literal.is_some(), variable.is_some(), file.is_some()];
    if sources.into_iter().filter(|is_set| *is_set).count() > 1 {
        return Err(profile
            .invalid("sets the client's secret more than once; keep one of client_secret_env and client_secret_file"));
    }
    if let Some(secret) = literal {
        return literal_secret(profile, secret, danger, access).map(Some);
    }
    Ok(match (variable, file) {
        (Some(variable), _) => Some(SecretRef::env(profile.location.setting("client_secret_env"), variable)),
        (None, Some(file)) => Some(SecretRef::file_with_display_path(
            profile.location.setting("client_secret_file"),
            &file,
            profile.location.resolve(&file),
        )),
        (None, None) => None,
    })
}

fn literal_secret(profile: &Reader, secret: Secret, danger: bool, access: FileAccess) -> Result<SecretRef, Error> {
    match (access, danger) {
        (FileAccess::Unknown, _) => Err(profile.invalid(&format!("contains the client's secret itself; {REMEDY}"))),
        (_, false) => Err(profile.invalid(&format!(
            "contains the client's secret itself; {REMEDY} (or, in a file that only its owner can read, set danger_client_secret_in_file = true)"
        ))),
        (FileAccess::Others, true) => Err(profile.invalid(&format!(
            "contains the client's secret itself, in a file that others can read; chmod 600 it, or {REMEDY}"
        ))),
        (FileAccess::OwnerOnly, true) => {
            let effect = "the client's secret is in the profile's file";
            Relaxation::new("danger_client_secret_in_file", effect).apply()?;
            Ok(secret.into())
        }
    }
}

fn token_headers(profile: &mut Reader) -> Result<Vec<TokenHeader>, Error> {
    let mut headers = Vec::new();
    for (name, value) in profile.table("token_headers")? {
        let Value::Text(value) = value else {
            return Err(profile.invalid_value(&format!("token_headers.{name}"), "a string"));
        };
        let setting = profile.location.setting("token_headers");
        headers.push(TokenHeader::new(&setting, name, &value, |file| {
            profile.location.resolve(file)
        })?);
    }
    Ok(headers)
}

fn origins(profile: &mut Reader, key: &str) -> Result<Vec<Origin>, Error> {
    let mut origins = Vec::new();
    for origin in profile.strings(key)? {
        let origin = origin.parse();
        origins.push(origin.map_err(|_| profile.invalid_value(key, "origins, such as \"https://files.example.com\""))?);
    }
    Ok(origins)
}

fn params(profile: &mut Reader, key: &str) -> Result<Vec<(String, String)>, Error> {
    let mut params = Vec::new();
    for (name, value) in profile.table(key)? {
        if is_secret_parameter(&name) {
            return Err(profile.invalid(&format!(
                "has the secret `{name}` in its params; provide the client's secret by reference: client_secret_env or client_secret_file"
            )));
        }
        let value = match value {
            Value::Text(text) => text,
            Value::Integer(number) => number.to_string(),
            Value::Boolean(value) => value.to_string(),
            _ => return Err(profile.invalid_value(&format!("{key}.{name}"), "a string")),
        };
        params.push((name, value));
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_and_documented() {
        let documentation = include_str!("../lib.rs");
        for key in KEYS {
            let table = Table::from([(key.to_owned(), Value::Other)]);
            let error = read(ProfileLocation::default(), table, FileAccess::Unknown).expect_err(key);
            assert!(matches!(error, Error::Invalid { .. }), "{key}: {error}");
            let row = documentation
                .lines()
                .find(|line| line.starts_with("//! | ") && line.contains(&format!("`{key}`")));
            assert!(row.is_some(), "{key}");
        }
    }
}
