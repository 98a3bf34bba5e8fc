//! The authorization layer, and the settings that all its services share.

use std::fmt;
use std::sync::Arc;

use tower_layer::Layer;

use crate::service::Authorize;
use crate::settings::Settings;

/// A tower layer that wraps an HTTP client and authorizes its requests. Cloning is cheap.
///
/// ```
/// # fn layer(tokens: evergrant::TokenManager) -> Result<(), evergrant::BuildError> {
/// use evergrant_tower::AuthorizeLayer;
/// use tower_layer::Layer as _;
///
/// let authorize = AuthorizeLayer::builder(tokens).base_url("https://api.example.com").build()?;
/// # let http = ();
/// let api = authorize.layer(http);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct AuthorizeLayer {
    settings: Arc<Settings>,
}

impl AuthorizeLayer {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }
}

impl<S> Layer<S> for AuthorizeLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Authorize<S> {
        Authorize::new(inner, Arc::clone(&self.settings))
    }
}

impl fmt::Debug for AuthorizeLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeLayer")
            .field("settings", &self.settings)
            .finish()
    }
}
