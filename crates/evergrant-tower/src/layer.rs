//! The layer: what all its services share.

use std::fmt;
use std::sync::Arc;

use evergrant::origin::AllowedOrigins;
use evergrant::{Authorizer, rejects_token};
use http::response;
use tower_layer::Layer;

use crate::destination::Base;
use crate::{Authorize, AuthorizeLayerBuilder};

/// Authorizes the requests of the services that it wraps. A cheap clone.
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

/// As an extension of a request: it is sent without credentials, and may then go to any origin.
///
/// ```
/// # fn main() -> Result<(), http::Error> {
/// let request = http::Request::get("https://status.example.org/health")
///     .extension(evergrant_tower::Unauthenticated)
///     .body(())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unauthenticated;

pub(crate) struct Settings {
    pub(crate) authorizer: Authorizer,
    pub(crate) base: Option<Base>,
    pub(crate) origins: AllowedOrigins,
    pub(crate) grpc: bool,
    pub(crate) renew_when: Option<Box<RenewWhen>>,
    pub(crate) replay_limit: usize,
}

pub(crate) type RenewWhen = dyn Fn(&response::Parts) -> bool + Send + Sync;

impl AuthorizeLayer {
    /// Starts a layer that authorizes with the given tokens, or with any [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> AuthorizeLayerBuilder {
        AuthorizeLayerBuilder::new(authorizer.into())
    }

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

impl Settings {
    /// Whether the API refused the token: a 401, `invalid_token`, or whatever else stands for a refusal here.
    pub(crate) fn is_refusal(&self, head: &response::Parts) -> bool {
        rejects_token(head.status, &head.headers, || {
            self.grpc && head.headers.get("grpc-status").is_some_and(|status| status == "16")
                || self.renew_when.as_ref().is_some_and(|renew_when| renew_when(head))
        })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base)
            .field("authorizer", &self.authorizer)
            .field("origins", &self.origins)
            .field("grpc", &self.grpc)
            .field("replay_limit", &self.replay_limit)
            .finish_non_exhaustive()
    }
}
