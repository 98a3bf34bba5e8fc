//! A shared handle to any authentication scheme, as stored in requirements.

use std::fmt;
use std::sync::Arc;

use super::{Location, OAuth, Scheme};

/// A shared handle to an [`OAuth`] scheme or any other authentication [`Scheme`]. Cheap to clone; clones share the
/// scheme.
#[derive(Clone)]
pub struct SharedScheme(SchemeKind);

/// Distinguishes schemes that may have to wait for a token from others.
#[derive(Clone)]
pub(crate) enum SchemeKind {
    OAuth(OAuth),
    Static(Arc<dyn Scheme>),
}

impl SharedScheme {
    /// Returns the name of the scheme in the API's OpenAPI document.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.0 {
            SchemeKind::OAuth(oauth) => oauth.name(),
            SchemeKind::Static(scheme) => scheme.name(),
        }
    }

    /// Returns the locations in a request to which the scheme writes.
    #[must_use]
    pub fn locations(&self) -> Vec<Location> {
        match &self.0 {
            SchemeKind::OAuth(oauth) => vec![oauth.location()],
            SchemeKind::Static(scheme) => scheme.locations(),
        }
    }

    /// Returns whether the scheme has its credentials, so that it can be used.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        match &self.0 {
            SchemeKind::OAuth(oauth) => oauth.tokens().is_some(),
            SchemeKind::Static(scheme) => scheme.is_configured(),
        }
    }

    pub(crate) fn kind(&self) -> &SchemeKind {
        &self.0
    }
}

impl<S: Scheme> From<S> for SharedScheme {
    fn from(scheme: S) -> Self {
        Self(SchemeKind::Static(Arc::new(scheme)))
    }
}

impl From<OAuth> for SharedScheme {
    fn from(scheme: OAuth) -> Self {
        Self(SchemeKind::OAuth(scheme))
    }
}

/// Omits the `Debug` output of custom schemes, which may contain secrets.
impl fmt::Debug for SharedScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedScheme")
            .field("name", &self.name())
            .field("configured", &self.is_configured())
            .finish_non_exhaustive()
    }
}
