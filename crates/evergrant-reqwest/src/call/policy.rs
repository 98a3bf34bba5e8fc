//! The settings for the calls of a client.

use evergrant::{BuildError, CallPolicy, CallPolicyBuilder};
use http::HeaderMap;

#[derive(Clone)]
pub(crate) struct Policy {
    pub(crate) calls: CallPolicy,
    /// Default headers of requests to allowed origins.
    pub(crate) headers: HeaderMap,
    /// If `false`, redirects are returned to the caller.
    pub(crate) follow_redirects: bool,
}

/// The part of each client's builder that makes a [`Policy`].
pub(crate) struct PolicyBuilder {
    pub(crate) calls: CallPolicyBuilder,
    pub(crate) headers: HeaderMap,
    pub(crate) follow_redirects: bool,
}

impl PolicyBuilder {
    pub(crate) fn new(calls: CallPolicyBuilder, follow_redirects: bool) -> Self {
        Self {
            calls,
            headers: HeaderMap::new(),
            follow_redirects,
        }
    }

    pub(crate) fn build(self) -> Result<Policy, BuildError> {
        Ok(Policy {
            calls: self.calls.build()?,
            headers: self.headers,
            follow_redirects: self.follow_redirects,
        })
    }
}

/// The setters that all builders share. The type needs a method `with_calls` that changes the [`CallPolicyBuilder`].
macro_rules! policy_setters {
    () => {
        /// Adds an origin that may receive credentials, such as `https://files.example.com`.
        pub fn allow_origin(self, origin: impl Into<String>) -> Self {
            self.with_calls(|calls| calls.allow_origin(origin))
        }

        /// Adds a rule for origins that may receive credentials, for example one host per tenant. An origin is allowed
        /// if at least one rule returns `true`.
        pub fn allow_origins_from(
            self,
            rule: impl Fn(&::evergrant::origin::Origin) -> bool + Send + Sync + 'static,
        ) -> Self {
            self.with_calls(|calls| calls.allow_origins_from(rule))
        }

        /// Sends credentials to every origin that a request or a redirect goes to.
        pub fn danger_allow_any_origin(self) -> Self {
            self.with_calls(::evergrant::CallPolicyBuilder::danger_allow_any_origin)
        }

        /// Allows credentials to be sent to one origin over plain `http`, such as a sidecar of a service mesh.
        pub fn danger_allow_http_to(self, origin: ::evergrant::origin::Origin) -> Self {
            self.with_calls(|calls| calls.danger_allow_http_to(origin))
        }

        /// Adds a rule that recognizes further responses as a rejection of the token, in addition to
        /// [`rejects_token`](evergrant::rejects_token): some APIs return 403, 400, 419 or 498 for an expired token.
        /// Such a response is handled like a 401, with the same limits and pauses. The rule is not called for a
        /// response with `insufficient_scope`.
        pub fn renew_when(self, rule: impl Fn(&::evergrant::ResponseHead<'_>) -> bool + Send + Sync + 'static) -> Self {
            self.with_calls(|calls| calls.renew_when(rule))
        }

        /// Sets a rule for responses that do not reject the token, although [`rejects_token`](evergrant::rejects_token)
        /// or [`renew_when`](Self::renew_when) says so: some APIs return 401 for a wrong password in the request's
        /// body, or for a missing right. Such a response is returned, and the token is kept.
        pub fn keep_token_when(
            self,
            rule: impl Fn(&::evergrant::ResponseHead<'_>) -> bool + Send + Sync + 'static,
        ) -> Self {
            self.with_calls(|calls| calls.keep_token_when(rule))
        }

        /// Sets a rule that also sees the start of the body, for responses that
        /// [`keep_token_when`](Self::keep_token_when) does not match: some APIs name the reason of a 401 only there.
        /// The body of such a response is read for at most 64 KiB or 5 s, and the caller receives it whole.
        pub fn keep_token_when_body(
            self,
            rule: impl Fn(&::evergrant::ResponseHead<'_>, &[u8]) -> bool + Send + Sync + 'static,
        ) -> Self {
            self.with_calls(|calls| calls.keep_token_when_body(rule))
        }
    };
}

pub(crate) use policy_setters;
