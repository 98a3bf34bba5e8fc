//! Settings of the layer.

use std::fmt;

use evergrant::origin::{AllowedOrigins, Origin, check_endpoint};
use evergrant::{Authorizer, BuildError};
use http::response;

use crate::AuthorizeLayer;
use crate::destination::Base;
use crate::layer::{RenewWhen, Settings};

const REPLAY_LIMIT: usize = 64 * 1024;

/// What an [`AuthorizeLayer`] can be told.
#[must_use = "a builder does nothing until `build` is called"]
pub struct AuthorizeLayerBuilder {
    authorizer: Authorizer,
    base_url: Option<String>,
    origins: AllowedOrigins,
    allowed: Vec<String>,
    /// Whether credentials may go to any other origin than the base URL's.
    others: bool,
    grpc: bool,
    renew_when: Option<Box<RenewWhen>>,
    replay_limit: usize,
}

impl AuthorizeLayerBuilder {
    pub(crate) fn new(authorizer: Authorizer) -> Self {
        Self {
            authorizer,
            base_url: None,
            origins: AllowedOrigins::default(),
            allowed: Vec::new(),
            others: false,
            grpc: false,
            renew_when: None,
            replay_limit: REPLAY_LIMIT,
        }
    }

    /// Where the API is, without a path: `https://api.example.com`. This origin may receive credentials, and requests without
    /// scheme and host go there; they are an error if no base URL is set. No path leads out of an origin, so paths are sent as they
    /// are; for those below another path, see [`evergrant::origin::resolve`].
    ///
    /// Below tonic's `Channel`, or any other service with an address of its own, this must be that address: see
    /// [where a request goes](crate#where-a-request-goes).
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Lets credentials go to one more origin, such as `https://files.example.com`.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed.push(origin.into());
        self
    }

    /// Lets credentials go to the origins for which `rule` says yes, such as a host for each tenant. Called again, it adds a
    /// rule.
    pub fn allow_origins_from(mut self, rule: impl Fn(&Origin) -> bool + Send + Sync + 'static) -> Self {
        self.origins.allow_from(rule);
        self.others = true;
        self
    }

    /// Lets credentials go wherever a request leads.
    pub fn danger_allow_any_origin(mut self) -> Self {
        self.origins.danger_allow_any_origin();
        self.others = true;
        self
    }

    /// Lets credentials travel unencrypted to this one origin, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
        self.origins.danger_allow_http_to(origin);
        self.others = true;
        self
    }

    /// Which responses mean that the token is no longer good, besides those that say so themselves
    /// ([`rejects_token`](evergrant::rejects_token)): some APIs answer 403, 400, 419 or 498 to an expired token. The limits and
    /// pauses are those of a 401. A response that says `insufficient_scope` is never put to the rule.
    pub fn renew_when(mut self, rule: impl Fn(&response::Parts) -> bool + Send + Sync + 'static) -> Self {
        self.renew_when = Some(Box::new(rule));
        self
    }

    /// Takes gRPC's status `UNAUTHENTICATED` for a refusal as well: a response whose head says `grpc-status: 16`, besides
    /// those of [`renew_when`](Self::renew_when).
    ///
    /// Servers answer so when they refuse a call before its first message, with the status in the head and no body
    /// ("Trailers-Only"). A status 16 in the trailers after messages, as when a stream outlives its token, is not seen: what
    /// came before it has been handed on already. The caller gets it as it is, and the token is not renewed for it.
    pub fn grpc(mut self) -> Self {
        self.grpc = true;
        self
    }

    /// How many bytes of a request's body are remembered, to be sent once more after a refusal. 64 KiB by default; trailers
    /// count too, and a frame counts for at least 64 bytes. Once more than that has been sent, the request is not replayed.
    ///
    /// It holds for bodies in one piece as well, which share their bytes with what is remembered: those who upload such
    /// bodies may set it high.
    pub fn replay_limit(mut self, bytes: usize) -> Self {
        self.replay_limit = bytes;
        self
    }

    /// Builds the layer. Nothing is sent.
    ///
    /// # Errors
    /// [`BuildError`] names the setting that cannot work. A layer that lets credentials go nowhere is
    /// [`BuildError::MissingBaseUrl`].
    pub fn build(mut self) -> Result<AuthorizeLayer, BuildError> {
        for text in &self.allowed {
            self.origins.allow_text(text)?;
        }
        self.origins.apply_relaxations()?;
        let base = match &self.base_url {
            Some(text) => Some(Base::of(&check_endpoint("base_url", text, self.origins.plaintext())?)?),
            None if self.others || !self.allowed.is_empty() => None,
            None => return Err(BuildError::MissingBaseUrl),
        };
        if let Some(base) = &base {
            self.origins.allow(base.origin().clone());
        }
        Ok(AuthorizeLayer::new(Settings {
            authorizer: self.authorizer,
            base,
            origins: self.origins,
            grpc: self.grpc,
            renew_when: self.renew_when,
            replay_limit: self.replay_limit,
        }))
    }
}

impl fmt::Debug for AuthorizeLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeLayerBuilder")
            .field("authorizer", &self.authorizer)
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}
