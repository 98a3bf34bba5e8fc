//! Settings of the middleware.

use std::fmt;
use std::sync::Arc;

use evergrant::origin::Origin;
use evergrant::{Authorizer, BuildError};
use http::response;

use super::Authorize;
use crate::call::RulesBuilder;

/// What [`Authorize`] can be told. Without an allowed origin, no request can have credentials.
#[must_use = "a builder does nothing until `build` is called"]
pub struct AuthorizeBuilder {
    settings: RulesBuilder,
}

impl AuthorizeBuilder {
    pub(super) fn new(authorizer: Authorizer) -> Self {
        let mut settings = RulesBuilder::new(authorizer);
        settings.rules.follow_redirects = false;
        Self { settings }
    }

    /// Lets credentials go to this origin, such as `https://api.example.com`.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.settings.allowed.push(origin.into());
        self
    }

    /// Lets credentials go to the origins for which `rule` says yes, such as a host for each tenant. Called again, it adds a
    /// rule.
    pub fn allow_origins_from(mut self, rule: impl Fn(&Origin) -> bool + Send + Sync + 'static) -> Self {
        self.settings.rules.origins.allow_from(rule);
        self
    }

    /// Lets credentials go wherever a request leads.
    pub fn danger_allow_any_origin(mut self) -> Self {
        self.settings.rules.origins.danger_allow_any_origin();
        self
    }

    /// Lets credentials travel unencrypted to this one origin, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
        self.settings.rules.origins.danger_allow_http_to(origin);
        self
    }

    /// Which responses mean that the token is no longer good, besides those that say so themselves
    /// ([`rejects_token`](evergrant::rejects_token)): some APIs answer 403, 400, 419 or 498 to an expired token. The limits and
    /// pauses are those of a 401. A response that says `insufficient_scope` is never put to the rule.
    pub fn renew_when(mut self, rule: impl Fn(&response::Parts) -> bool + Send + Sync + 'static) -> Self {
        self.settings.renew_when(rule);
        self
    }

    /// Follows up to ten redirects, which are returned as they are otherwise. One to another origin carries neither
    /// credentials nor any other header of the request that could identify the program. For a client that follows none by
    /// itself.
    pub fn follow_redirects(mut self) -> Self {
        self.settings.rules.follow_redirects = true;
        self
    }

    /// Builds the middleware.
    ///
    /// # Errors
    /// [`BuildError::InvalidUrl`] when `allow_origin` was given something else than an origin.
    pub fn build(self) -> Result<Authorize, BuildError> {
        let rules = Arc::new(self.settings.build()?);
        Ok(Authorize { rules })
    }
}

impl fmt::Debug for AuthorizeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeBuilder")
            .field("authorizer", &self.settings.rules.authorizer)
            .field("origins", &self.settings.rules.origins)
            .finish_non_exhaustive()
    }
}
