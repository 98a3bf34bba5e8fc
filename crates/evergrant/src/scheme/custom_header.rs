//! A header of the API's own making.

use std::fmt;

use http::{HeaderName, HeaderValue, request};

use super::api_key::header_name;
use super::{Place, Scheme, unconfigured, value};
use crate::Secret;
use crate::error::{BuildError, Error};

/// A header whose whole value is the credential, the word before a token included: `Authorization: Token ...`.
///
/// Where an API wants several such headers, each is a scheme, and the requirement their all-of.
///
/// ```
/// use evergrant::scheme::CustomHeader;
///
/// let scheme = CustomHeader::new("legacy", "Authorization")?.with_value("Token not-a-real-token")?;
/// # Ok::<(), evergrant::BuildError>(())
/// ```
#[derive(Clone)]
pub struct CustomHeader {
    name: String,
    header: HeaderName,
    value: Option<HeaderValue>,
}

impl CustomHeader {
    /// Defines the scheme, not configured yet: `header` in any case.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] when `header` is no header's name, or `cookie`.
    pub fn new(name: impl Into<String>, header: &str) -> Result<Self, BuildError> {
        let name = name.into();
        let header = header_name(&name, header)?;
        Ok(Self {
            name,
            header,
            value: None,
        })
    }

    /// Configures it with the whole value.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] when no header can carry the value, or it is empty.
    pub fn with_value(mut self, value: impl Into<Secret>) -> Result<Self, BuildError> {
        self.value = Some(value::checked(&self.name, "the value", value.into().expose())?);
        Ok(self)
    }
}

impl Scheme for CustomHeader {
    fn name(&self) -> &str {
        &self.name
    }

    fn places(&self) -> Vec<Place> {
        vec![Place::Header(self.header.clone())]
    }

    fn is_configured(&self) -> bool {
        self.value.is_some()
    }

    fn apply(&self, head: &mut request::Parts) -> Result<(), Error> {
        let value = self.value.as_ref().ok_or_else(|| unconfigured(&self.name))?;
        head.headers.insert(self.header.clone(), value.clone());
        Ok(())
    }
}

impl fmt::Debug for CustomHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomHeader")
            .field("name", &self.name)
            .field("header", &self.header)
            .field("configured", &self.is_configured())
            .finish()
    }
}
