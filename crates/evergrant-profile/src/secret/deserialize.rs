//! References to secrets in a configuration.

use std::fmt;

use evergrant::Secret;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Inner, SecretRef};

/// How messages name the source of a reference.
const SETTING: &str = "a reference in the configuration";

/// Reads a secret while a configuration is deserialized. The text `env:VARIABLE` stands for the content of an
/// environment variable, and `file:FILE` for the content of a file. Any other text is the secret itself. Use this
/// function in serde's attribute `deserialize_with`.
///
/// Without this function, a `Secret` is deserialized from its text, and never from a variable or a file: a text in a
/// request could name any file of the server. Use this function only for configurations, whose author may read these
/// files anyway.
///
/// ```
/// use evergrant::Secret;
///
/// #[derive(serde::Deserialize)]
/// struct Config {
///     #[serde(deserialize_with = "evergrant_profile::deserialize_secret")]
///     client_secret: Secret,
/// }
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("client-secret");
/// # std::fs::write(&path, "not-a-real-secret\n")?;
/// # let text = format!("client_secret = 'file:{}'", path.display());
/// # let config: Config = toml::from_str(&text)?;
/// # assert_eq!(config.client_secret.expose(), "not-a-real-secret");
/// # let text = r#"
/// client_secret = "file:/run/secrets/client-secret"
/// # "#;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns the message of [`SecretRef::read`] if the variable or file cannot be read.
pub fn deserialize_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    SecretRef::deserialize(deserializer)?.read().map_err(D::Error::custom)
}

/// Accepts a value of any type, because parsers print the line of an error, which may contain the secret.
/// [`read`](SecretRef::read) then fails.
impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reference)
    }
}

struct Reference;

impl<'de> Visitor<'de> for Reference {
    type Value = SecretRef;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret, or a reference to one")
    }

    fn visit_str<E>(self, text: &str) -> Result<SecretRef, E> {
        Ok(SecretRef::from_reference(SETTING, text, |file| file.into()).unwrap_or_else(|| Secret::from(text).into()))
    }

    fn visit_string<E>(self, text: String) -> Result<SecretRef, E> {
        Ok(SecretRef::from_reference(SETTING, &text, |file| file.into()).unwrap_or_else(|| Secret::from(text).into()))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<SecretRef, D::Error> {
        SecretRef::deserialize(deserializer)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<SecretRef, D::Error> {
        SecretRef::deserialize(deserializer)
    }

    fn visit_unit<E>(self) -> Result<SecretRef, E> {
        Ok(SecretRef(Inner::NotText))
    }

    fn visit_none<E>(self) -> Result<SecretRef, E> {
        Ok(SecretRef(Inner::NotText))
    }

    fn visit_bool<E>(self, _: bool) -> Result<SecretRef, E> {
        Ok(SecretRef(Inner::NotText))
    }

    fn visit_i64<E>(self, _: i64) -> Result<SecretRef, E> {
        Ok(SecretRef(Inner::NotText))
    }

    fn visit_u64<E>(self, _: u64) -> Result<SecretRef, E> {
        Ok(SecretRef(Inner::NotText))
    }

    fn visit_f64<E>(self, _: f64) -> Result<SecretRef, E> {
        Ok(SecretRef(Inner::NotText))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<SecretRef, A::Error> {
        while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(SecretRef(Inner::NotText))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<SecretRef, A::Error> {
        while members
            .next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?
            .is_some()
        {}
        Ok(SecretRef(Inner::NotText))
    }
}
