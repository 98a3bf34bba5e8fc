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
        /// Adds an origin to which credentials may be sent, such as `https://files.example.com`.
        pub fn allow_origin(self, origin: impl Into<String>) -> Self {
            self.with_calls(|calls| calls.allow_origin(origin))
        }

        /// Adds a rule that selects origins to which credentials may be sent, for example one host per tenant. An
        /// origin is allowed if at least one rule returns `true`.
        pub fn allow_origins_from(
            self,
            rule: impl Fn(&::evergrant::origin::Origin) -> bool + Send + Sync + 'static,
        ) -> Self {
            self.with_calls(|calls| calls.allow_origins_from(rule))
        }

        /// Allows credentials to be sent to every origin that a request or a redirect goes to.
        pub fn danger_allow_any_origin(self) -> Self {
            self.with_calls(::evergrant::CallPolicyBuilder::danger_allow_any_origin)
        }

        /// Allows credentials to be sent over plain `http` to this origin, such as a sidecar of a service mesh.
        pub fn danger_allow_http_to(self, origin: ::evergrant::origin::Origin) -> Self {
            self.with_calls(|calls| calls.danger_allow_http_to(origin))
        }

        /// Sets a rule that recognizes further responses as a rejection of the token, in addition to
        /// [`rejects_token`](evergrant::rejects_token). Some APIs return 403, 400, 419 or 498 for an expired token. The
        /// client handles such a response like a 401: it renews the token and sends the request again, with the same
        /// limits and pauses. The rule is not called for a response with the error `insufficient_scope`. It replaces an
        /// earlier rule.
        pub fn renew_when(self, rule: impl Fn(&::evergrant::ResponseHead<'_>) -> bool + Send + Sync + 'static) -> Self {
            self.with_calls(|calls| calls.renew_when(rule))
        }

        /// Sets a rule for responses that do not reject the token, although [`rejects_token`](evergrant::rejects_token)
        /// or the rule of [`renew_when`](Self::renew_when) matches them. Some APIs return 401 for a wrong password in
        /// the request body, or for a missing permission. If the rule returns `true`, the caller receives the response,
        /// and the client keeps the token. It replaces an earlier rule.
        pub fn keep_token_when(
            self,
            rule: impl Fn(&::evergrant::ResponseHead<'_>) -> bool + Send + Sync + 'static,
        ) -> Self {
            self.with_calls(|calls| calls.keep_token_when(rule))
        }

        /// Sets a rule like that of [`keep_token_when`](Self::keep_token_when) that also sees the start of the response
        /// body, because some APIs name the reason for a 401 only there. It is called if the rule of `keep_token_when`
        /// does not match the response. At most 64 KiB of the body are read for the rule, for at most 5 s. The caller
        /// still receives the whole body. It replaces an earlier rule.
        pub fn keep_token_when_body(
            self,
            rule: impl Fn(&::evergrant::ResponseHead<'_>, &[u8]) -> bool + Send + Sync + 'static,
        ) -> Self {
            self.with_calls(|calls| calls.keep_token_when_body(rule))
        }
    };
}

pub(crate) use policy_setters;
