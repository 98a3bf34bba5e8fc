//! Additional headers of token requests, such as an API key of a gateway, with plain or secret values.

use std::path::PathBuf;

use evergrant::{Secret, TokenEndpointOptions};

use crate::error::Error;
use crate::secret::SecretRef;
use crate::secret_names::{display_name, is_secret, looks_generated};

/// An additional header of token requests, as in the key `token_headers` of a profile.
///
/// In a profile, a header with a plain value is written as `X-Tenant = "shop"`. A header with a secret value is written
/// as a reference to the secret, such as `X-Api-Key = "env:GATEWAY_KEY"`.
#[derive(Debug, Clone)]
pub struct TokenHeader {
    name: String,
    value: HeaderValue,
}

#[derive(Debug, Clone)]
enum HeaderValue {
    Plain(String),
    Secret(SecretRef),
}

impl TokenHeader {
    /// Creates an additional header of token requests. `value` is a plain value, or refers to a secret as
    /// `env:VARIABLE` or `file:FILE`. `resolve` converts the `FILE` of such a reference to a path. `setting` identifies
    /// the header in error messages.
    ///
    /// # Errors
    /// Returns [`Error::Invalid`] if a plain value looks like a secret.
    pub fn new(
        setting: &str,
        name: impl Into<String>,
        value: &str,
        resolve: impl FnOnce(&str) -> PathBuf,
    ) -> Result<Self, Error> {
        let name = name.into();
        let value = if let Some(reference) = SecretRef::from_reference(setting, value, resolve) {
            HeaderValue::Secret(reference)
        } else if is_secret(&name, value) || looks_generated(value) {
            return Err(Error::Invalid {
                location: format!("{setting} ({})", display_name(&name)),
                problem: "contains a secret, which process lists, the shell history or the file would expose; provide the value as env:VARIABLE or file:FILE (and replace the secret if it is real)".to_owned(),
            });
        } else {
            HeaderValue::Plain(value.to_owned())
        };
        Ok(Self { name, value })
    }

    /// Returns the name of the header.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the plain value of the header, or `None` if the value is a secret.
    #[must_use]
    pub fn plain_value(&self) -> Option<&str> {
        match &self.value {
            HeaderValue::Plain(value) => Some(value),
            HeaderValue::Secret(_) => None,
        }
    }

    /// Adds the header to the options, and reads its secret.
    pub(crate) fn apply(&self, options: TokenEndpointOptions) -> Result<TokenEndpointOptions, Error> {
        Ok(match &self.value {
            HeaderValue::Plain(value) => options.plain_header(&self.name, value),
            HeaderValue::Secret(source) => {
                let value: Secret = source.read()?;
                options.header(&self.name, value)
            }
        })
    }
}
