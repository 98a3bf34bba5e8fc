//! A bearer token that the application manages by itself (RFC 6750).

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderValue, request};
use zeroize::Zeroizing;

use super::value::{invalid, sensitive};
use super::{Place, Scheme, unconfigured};
use crate::Secret;
use crate::error::{BuildError, Error};

/// A fixed token in the `Authorization` header (RFC 6750 section 2.1). For tokens that expire, see [`OAuth`](super::OAuth).
///
/// ```
/// use evergrant::scheme::Bearer;
///
/// let scheme = Bearer::new("bearerAuth").with_token("not-a-real-token")?;
/// # Ok::<(), evergrant::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Bearer {
    name: String,
    value: Option<HeaderValue>,
}

impl Bearer {
    /// Defines the scheme, not configured yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: None,
        }
    }

    /// Configures it with the token alone, without `Bearer` before it.
    ///
    /// # Errors
    /// [`BuildError::InvalidScheme`] when the token is empty, or has a space or a character that no header can carry.
    pub fn with_token(mut self, token: impl Into<Secret>) -> Result<Self, BuildError> {
        const PREFIX: &[u8] = b"Bearer ";
        let token = token.into();
        let value = token.fits_header().then(|| {
            let mut text = Zeroizing::new(Vec::with_capacity(PREFIX.len() + token.expose().len()));
            text.extend_from_slice(PREFIX);
            text.extend_from_slice(token.expose().as_bytes());
            sensitive(text)
        });
        let Some(Some(value)) = value else {
            let problem = "is empty, or has a space, a line break or another character that no token has";
            return Err(invalid(&self.name, "the token", problem));
        };
        self.value = Some(value);
        Ok(self)
    }
}

impl Scheme for Bearer {
    fn name(&self) -> &str {
        &self.name
    }

    fn places(&self) -> Vec<Place> {
        vec![Place::Header(AUTHORIZATION)]
    }

    fn is_configured(&self) -> bool {
        self.value.is_some()
    }

    fn apply(&self, head: &mut request::Parts) -> Result<(), Error> {
        let value = self.value.as_ref().ok_or_else(|| unconfigured(&self.name))?;
        head.headers.insert(AUTHORIZATION, value.clone());
        Ok(())
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer")
            .field("name", &self.name)
            .field("configured", &self.is_configured())
            .finish()
    }
}
