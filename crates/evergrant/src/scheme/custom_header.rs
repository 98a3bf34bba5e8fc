//! Credentials in a custom header.

use super::api_key::header_name;
use super::fixed_header::{HeaderScheme, header_scheme};
use super::secret_header_value;
use crate::Secret;
use crate::error::BuildError;

/// An authentication scheme with a header whose complete value is the credential. The value includes any prefix, such
/// as `Token` in `Authorization: Token ...`.
///
/// If an API needs several such headers, create one scheme for each, and combine them with
/// [`RequirementBuilder::and`](crate::RequirementBuilder::and).
///
/// ```
/// use evergrant::scheme::CustomHeader;
///
/// let scheme = CustomHeader::new("legacy", "Authorization")?.with_value("Token not-a-real-token")?;
/// # Ok::<(), evergrant::BuildError>(())
/// ```
#[derive(Clone)]
pub struct CustomHeader(HeaderScheme);

impl CustomHeader {
    /// Creates the authentication scheme without the credential. `name` is its name in the OpenAPI document. `header`
    /// is the name of the header, which is case-insensitive.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] if `header` is not a valid header name, or is `cookie`.
    pub fn new(name: impl Into<String>, header: &str) -> Result<Self, BuildError> {
        let name = name.into();
        let header = header_name(&name, header)?;
        Ok(Self(HeaderScheme::new(name, header)))
    }

    /// Sets the complete value of the header, including any prefix.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] if the value is empty or not allowed in headers.
    pub fn with_value(self, value: impl Into<Secret>) -> Result<Self, BuildError> {
        let value = secret_header_value::validate(&self.0.name, "the value", value.into().expose())?;
        Ok(Self(self.0.with_value(value)))
    }
}

header_scheme!(CustomHeader);
