//! The builder of the authorization layer.

use std::fmt;

use evergrant::origin::Origin;
use evergrant::{Authorizer, BuildError, CallPolicy, CallPolicyBuilder, ResponseHead};

use crate::layer::AuthorizeLayer;
use crate::request_destination::BaseUrl;
use crate::settings::Settings;

const DEFAULT_REPLAY_LIMIT: usize = 64 * 1024;

/// Builds an [`AuthorizeLayer`]. At least one origin must be allowed to receive credentials, for example with
/// [`base_url`](Self::base_url).
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
    /// credentials. Requests whose URI has no scheme and host are sent to this origin; without a base URL, such
    /// requests are an error. Paths are sent unchanged: no path can change the origin. To confine paths to a base path,
    /// use [`evergrant::origin::resolve`].
    ///
    /// With a service that always connects to one address, such as tonic's `Channel`, pass the origin of that address:
    /// see [where a request goes](crate#where-a-request-goes).
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.calls = self.calls.base_url(url);
        self
    }

    /// Adds an origin to which credentials may be sent, such as `https://files.example.com`.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.calls = self.calls.allow_origin(origin);
        self
    }

    /// Adds a rule that selects origins to which credentials may be sent, for example one host per tenant. An origin is
    /// allowed if at least one rule returns `true`.
    pub fn allow_origins_from(mut self, rule: impl Fn(&Origin) -> bool + Send + Sync + 'static) -> Self {
        self.calls = self.calls.allow_origins_from(rule);
        self
    }

    /// Allows credentials to be sent to every origin that a request goes to.
    pub fn danger_allow_any_origin(mut self) -> Self {
        self.calls = self.calls.danger_allow_any_origin();
        self
    }

    /// Allows credentials to be sent over plain `http` to this origin, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
        self.calls = self.calls.danger_allow_http_to(origin);
        self
    }

    /// Sets a rule that recognizes further responses as a rejection of the token, in addition to
    /// [`rejects_token`](evergrant::rejects_token). Some APIs return 403, 400, 419 or 498 for an expired token. The
    /// service handles such a response like a 401: it renews the token and sends the request again, with the same
    /// limits and pauses. The rule is not called for a response with the error `insufficient_scope`. It replaces an
    /// earlier rule.
    pub fn renew_when(mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.calls = self.calls.renew_when(rule);
        self
    }

    /// Sets a rule for responses that do not reject the token, although [`rejects_token`](evergrant::rejects_token) or
    /// the rule of [`renew_when`](Self::renew_when) matches them. Some APIs return 401 for a wrong password in the
    /// request body, or for a missing permission. If the rule returns `true`, the caller receives the response, and the
    /// service keeps the token. It replaces an earlier rule.
    pub fn keep_token_when(mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.calls = self.calls.keep_token_when(rule);
        self
    }

    /// Sets a rule like that of [`keep_token_when`](Self::keep_token_when) that also sees the start of the response
    /// body, because some APIs name the reason for a 401 only there. It is called if the rule of `keep_token_when` does
    /// not match the response. At most 64 KiB of the body are read for the rule, for at most 5 s. The caller still
    /// receives the whole body. With [`grpc`](Self::grpc), the rule is not called. It replaces an earlier rule.
    pub fn keep_token_when_body(
        mut self,
        rule: impl Fn(&ResponseHead<'_>, &[u8]) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.calls = self.calls.keep_token_when_body(rule);
        self
    }

    /// Makes the service also treat the gRPC status `UNAUTHENTICATED` (`grpc-status: 16`) as a rejection of the token,
    /// in addition to a 401 and the rule of [`renew_when`](Self::renew_when).
    ///
    /// A server that rejects a call before its first message sends the status in the response head, without a body
    /// ("Trailers-Only"), or in trailers, as Go servers behind `net/http` do. In the second case, the caller already
    /// has the head, and the messages of the repeated call follow in the same [`ResponseBody`](crate::ResponseBody). If
    /// the status 16 is in the trailers after messages, for example because a stream outlives its token, the caller
    /// receives the status and the token is not renewed, because the messages were already delivered.
    pub fn grpc(mut self) -> Self {
        self.grpc = true;
        self
    }

    /// Sets how much of a request body is buffered so that the request can be sent again after a 401, in bytes. The
    /// default is 64 KiB. The size includes trailers, and each frame counts as at least 64 bytes. A request that has
    /// already sent more than this limit is not sent again.
    ///
    /// The limit does not apply to a body of one frame whose size is known in advance, such as `Full<Bytes>` or
    /// `String`. Such a body is in memory, and buffering does not copy it.
    pub fn replay_limit(mut self, bytes: usize) -> Self {
        self.replay_limit = bytes;
        self
    }

    /// Builds the layer. This method sends no request.
    ///
    /// # Errors
    /// Returns a [`BuildError`] that names the invalid setting, and [`BuildError::MissingBaseUrl`] if no origin is
    /// allowed.
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
    /// Returns a builder for a layer that authorizes requests with `authorizer`: a token manager or any other
    /// [`Authorizer`].
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
