//! Any scheme in one type, as requirements hold them.

use std::fmt;
use std::sync::Arc;

use super::{OAuth, Place, Scheme};

/// A handle to any [`Scheme`] or [`OAuth`] scheme; cloning shares it.
#[derive(Clone)]
pub struct SharedScheme(Kind);

/// What tells the schemes apart: whether there can be something to wait for.
#[derive(Clone)]
pub(crate) enum Kind {
    OAuth(OAuth),
    AtHand(Arc<dyn Scheme>),
}

impl SharedScheme {
    /// The name in the API's description.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.0 {
            Kind::OAuth(oauth) => oauth.name(),
            Kind::AtHand(scheme) => scheme.name(),
        }
    }

    /// What it writes.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        match &self.0 {
            Kind::OAuth(oauth) => vec![oauth.place()],
            Kind::AtHand(scheme) => scheme.places(),
        }
    }

    /// Whether it has its credentials.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        match &self.0 {
            Kind::OAuth(oauth) => oauth.tokens().is_some(),
            Kind::AtHand(scheme) => scheme.is_configured(),
        }
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0
    }
}

impl<S: Scheme> From<S> for SharedScheme {
    fn from(scheme: S) -> Self {
        Self(Kind::AtHand(Arc::new(scheme)))
    }
}

impl From<OAuth> for SharedScheme {
    fn from(scheme: OAuth) -> Self {
        Self(Kind::OAuth(scheme))
    }
}

/// Leaves the scheme's own `Debug` out, which is the application's.
impl fmt::Debug for SharedScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedScheme")
            .field("name", &self.name())
            .field("configured", &self.is_configured())
            .finish_non_exhaustive()
    }
}
