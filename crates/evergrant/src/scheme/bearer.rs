//! A fixed bearer token, which the application manages (RFC 6750).

use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use super::fixed_header::{HeaderScheme, header_scheme};
use super::secret_header_value::invalid;
use crate::Secret;
use crate::encoding::sensitive;
use crate::error::BuildError;

/// The authentication scheme of a fixed bearer token in the `Authorization` header (RFC 6750 section 2.1), which this
/// library does not renew. For tokens that expire, use [`OAuth`](super::OAuth).
///
/// ```
/// use evergrant::scheme::Bearer;
///
/// let scheme = Bearer::new("bearerAuth").with_token("not-a-real-token")?;
/// # Ok::<(), evergrant::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Bearer(HeaderScheme);

impl Bearer {
    /// Creates the authentication scheme without a token. `name` is its name in the OpenAPI document.
    pub fn new(name: impl Into<String>) -> Self {
        Self(HeaderScheme::new(name, AUTHORIZATION))
    }

    /// Sets the bearer token, without the prefix `Bearer`.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] if the token is empty, or contains a space or a character that is not allowed in
    /// headers.
    pub fn with_token(self, token: impl Into<Secret>) -> Result<Self, BuildError> {
        const PREFIX: &[u8] = b"Bearer ";
        let token = token.into();
        let value = token.fits_header().then(|| {
            let mut text = Zeroizing::new(Vec::with_capacity(PREFIX.len() + token.expose().len()));
            text.extend_from_slice(PREFIX);
            text.extend_from_slice(token.expose().as_bytes());
            sensitive(text)
        });
        let Some(Some(value)) = value else {
            let problem =
                "is empty, or contains a space, a line break or another character that is not allowed in tokens";
            return Err(invalid(&self.0.name, "the token", problem));
        };
        Ok(Self(self.0.with_value(value)))
    }
}

header_scheme!(Bearer);
