//! The builder of the authorization layer.

use std::fmt;

use evergrant::origin::Origin;
use evergrant::{Authorizer, BuildError, CallPolicy, CallPolicyBuilder, ResponseHead};

use crate::destination::BaseUrl;
use crate::layer::AuthorizeLayer;
use crate::settings::Settings;

const DEFAULT_REPLAY_LIMIT: usize = 64 * 1024;

/// Builds an [`AuthorizeLayer`]. At least one origin must be allowed, for example with [`base_url`](Self::base_url).
#[must_use = "a builder does nothing until `build` is called"]
pub struct AuthorizeLayerBuilder {
    calls: CallPolicyBuilder,
    grpc: bool,
    replay_limit: usize,
}

impl AuthorizeLayerBuilder {
    pub(crate) fn new(authorizer: Authorizer) -> Self {
        Self {
            calls: CallPolicy::builder(authorizer),
            grpc: false,
            replay_limit: DEFAULT_REPLAY_LIMIT,
        }
    }

    /// Sets the origin of the API, without a path, such as `https://api.example.com`. The origin may receive
    /// credentials, and requests whose URI has no scheme and host are sent to it; without a base URL, such requests are
    /// an error. Paths are sent unchanged: no path can change the origin. To confine paths to a base path, use
    /// [`evergrant::origin::resolve`].
    ///
    /// With a service that always connects to one address, such as tonic's `Channel`, pass that address: see
    /// [where a request goes](crate#where-a-request-goes).
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.calls = self.calls.base_url(url);
        self
    }

    /// Adds an origin that may receive credentials, such as `https://files.example.com`.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.calls = self.calls.allow_origin(origin);
        self
    }

    /// Adds a rule for origins that may receive credentials, for example one host per tenant. An origin is allowed if
    /// at least one rule returns `true`.
    pub fn allow_origins_from(mut self, rule: impl Fn(&Origin) -> bool + Send + Sync + 'static) -> Self {
        self.calls = self.calls.allow_origins_from(rule);
        self
    }

    /// Sends credentials to every origin that a request goes to.
    pub fn danger_allow_any_origin(mut self) -> Self {
        self.calls = self.calls.danger_allow_any_origin();
        self
    }

    /// Allows credentials to be sent to one origin over plain `http`, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
        self.calls = self.calls.danger_allow_http_to(origin);
        self
    }

    /// Adds a rule that recognizes further responses as a rejection of the token, in addition to
    /// [`rejects_token`](evergrant::rejects_token): some APIs return 403, 400, 419 or 498 for an expired token. Such a
    /// response is handled like a 401, with the same limits and pauses. The rule is not called for a response with
    /// `insufficient_scope`.
    pub fn renew_when(mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.calls = self.calls.renew_when(rule);
        self
    }

    /// Sets a rule for responses that do not reject the token, although [`rejects_token`](evergrant::rejects_token) or
    /// [`renew_when`](Self::renew_when) says so: some APIs return 401 for a wrong password in the request's body, or
    /// for a missing right. Such a response is returned, and the token is kept.
    pub fn keep_token_when(mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.calls = self.calls.keep_token_when(rule);
        self
    }

    /// Sets a rule that also sees the start of the body, for responses that [`keep_token_when`](Self::keep_token_when)
    /// does not match: some APIs name the reason of a 401 only there. The body of such a response is read for at most
    /// 64 KiB or 5 s, and the caller receives it whole. With [`grpc`](Self::grpc), the rule is not called.
    pub fn keep_token_when_body(
        mut self,
        rule: impl Fn(&ResponseHead<'_>, &[u8]) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.calls = self.calls.keep_token_when_body(rule);
        self
    }

    /// Also treats the gRPC status `UNAUTHENTICATED` (`grpc-status: 16`) as a rejection of the token, in addition to a
    /// 401 and the rules of [`renew_when`](Self::renew_when).
    ///
    /// A server that rejects a call before its first message sends the status in the head, without a body
    /// ("Trailers-Only"), or in trailers, as Go's servers behind `net/http` do. The caller then already has the head,
    /// and the messages of the repeated call follow in the same [`ResponseBody`](crate::ResponseBody). A status 16 in
    /// the trailers after messages, for example when a stream outlives its token, is returned to the caller and does
    /// not renew the token, because the messages were already delivered.
    pub fn grpc(mut self) -> Self {
        self.grpc = true;
        self
    }

    /// Sets the maximum size of a request body that is buffered for a replay, in bytes. The default is 64 KiB. The size
    /// includes trailers, and each frame adds at least 64 bytes. A request is not replayed once it has sent more than
    /// this.
    ///
    /// The limit does not apply to a body of one frame whose size is known in advance, such as `Full<Bytes>` or
    /// `String`: it is in memory, and buffering does not copy it.
    pub fn replay_limit(mut self, bytes: usize) -> Self {
        self.replay_limit = bytes;
        self
    }

    /// Builds the layer. No request is sent.
    ///
    /// # Errors
    /// [`BuildError`] names the invalid setting. Returns [`BuildError::MissingBaseUrl`] if no origin is allowed.
    pub fn build(self) -> Result<AuthorizeLayer, BuildError> {
        let calls = self.calls.build()?;
        if calls.origins().is_empty() {
            return Err(BuildError::MissingBaseUrl);
        }
        let base = calls.base_url().map(BaseUrl::new).transpose()?;
        Ok(AuthorizeLayer::new(Settings {
            calls,
            base,
            grpc: self.grpc,
            replay_limit: self.replay_limit,
        }))
    }
}

impl AuthorizeLayer {
    /// Returns a builder for a layer that authorizes requests with a token manager or any other [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> AuthorizeLayerBuilder {
        AuthorizeLayerBuilder::new(authorizer.into())
    }
}

impl fmt::Debug for AuthorizeLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeLayerBuilder")
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}
