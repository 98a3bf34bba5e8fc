//! The builder of the authorization middleware.

use std::fmt;
use std::sync::Arc;

use evergrant::{Authorizer, BuildError, CallPolicy, CallPolicyBuilder};

use super::Authorize;
use crate::call::{PolicyBuilder, policy_setters};

/// Builds an [`Authorize`] middleware. Set at least one allowed origin: a request to any other origin is an error,
/// unless it has the extension [`Unauthenticated`](super::Unauthenticated).
#[must_use = "a builder does nothing until `build` is called"]
pub struct AuthorizeBuilder {
    policy: PolicyBuilder,
}

impl AuthorizeBuilder {
    pub(super) fn new(authorizer: Authorizer) -> Self {
        Self {
            policy: PolicyBuilder::new(CallPolicy::builder(authorizer), false),
        }
    }

    policy_setters!();

    /// Makes the middleware follow up to ten redirects. By default, the middleware returns redirects to the caller. A
    /// redirect to an origin that is not allowed is followed without credentials and without other headers that
    /// identify the user. The HTTP client that the middleware is attached to must not follow redirects.
    pub fn follow_redirects(mut self) -> Self {
        self.policy.follow_redirects = true;
        self
    }

    /// Builds the middleware. This method sends no request.
    ///
    /// # Errors
    /// Returns [`BuildError::InvalidUrl`] if an argument of `allow_origin` is not an origin.
    pub fn build(self) -> Result<Authorize, BuildError> {
        let policy = Arc::new(self.policy.build()?);
        Ok(Authorize { policy })
    }

    fn with_calls(mut self, change: impl FnOnce(CallPolicyBuilder) -> CallPolicyBuilder) -> Self {
        self.policy.calls = change(self.policy.calls);
        self
    }
}

impl fmt::Debug for AuthorizeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeBuilder")
            .field("calls", &self.policy.calls)
            .finish_non_exhaustive()
    }
}
