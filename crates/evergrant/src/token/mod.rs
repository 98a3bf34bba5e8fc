//! A token and what is known of its lifetime; the lifetime's rules are in `manager::deadline`.

mod error;
mod expiry;
mod extra;
mod field;
mod json;
mod members;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) use self::error::Problem;
pub use self::error::TokenJsonError;
pub(crate) use self::expiry::shown as shown_time;
use self::extra::Extra;
pub(crate) use self::field::names_access_token;
pub(crate) use self::json::JsonObject;
pub(crate) use self::members::{Ignored, Members, Origin, Reading, Unreadable, needs_proof};
use crate::runtime::Timestamp;
use crate::store::StoreGeneration;
use crate::{Scopes, Secret};

/// Which of a manager's tokens this is: each one that it installs counts one up.
///
/// A caller whose request was refused [rejects](crate::TokenManager::reject) the generation that it used, so that a
/// refusal that arrives late cannot cost a newer token. Zero stands for a token that no manager handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(pub(crate) u64);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// An access token with its expiry, scopes and companions (RFC 6749 section 5.1). Cloning is cheap.
///
/// `Debug` shows no secret. A token leaves the program only through [`access_token`](Token::access_token) and
/// [`expose_json`](Token::expose_json).
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use evergrant::Token;
///
/// let stored = r#"{"access_token":"not-a-real-token","token_type":"Bearer","expiry":4102444800,"scope":"books.read"}"#;
/// let token = Token::from_json(stored)?;
/// assert_eq!(token.expires_at(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800)));
/// assert!(token.scopes().is_some_and(|scopes| scopes.contains("books.read")));
/// # Ok::<(), evergrant::TokenJsonError>(())
/// ```
#[derive(Clone)]
pub struct Token {
    parts: Arc<Parts>,
    generation: Generation,
}

#[derive(Clone)]
struct Parts {
    access_token: Secret,
    refresh_token: Option<Secret>,
    scopes: Option<Scopes>,
    expires_in: Option<Duration>,
    expires_at: Option<SystemTime>,
    requested_at: Option<Timestamp>,
    shared: Option<Shared>,
    extras: BTreeMap<String, Extra>,
}

/// What is known of a token that lies in a store, by this process's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared {
    pub(crate) generation: StoreGeneration,
    pub(crate) issued: Timestamp,
    pub(crate) ends: Option<Timestamp>,
    /// It replaced one that an API refused.
    pub(crate) unproven: bool,
    /// Until then fresh tokens are known to be refused as well, and a refusal is no reason to renew.
    pub(crate) pause: Option<Timestamp>,
}

impl Token {
    /// A token of unknown expiry.
    pub fn new(access_token: impl Into<Secret>) -> Self {
        let parts = Parts {
            access_token: access_token.into(),
            refresh_token: None,
            scopes: None,
            expires_in: None,
            expires_at: None,
            requested_at: None,
            shared: None,
            extras: BTreeMap::new(),
        };
        Self {
            parts: Arc::new(parts),
            generation: Generation::default(),
        }
    }

    /// Sets when the token expires.
    #[must_use]
    pub fn with_expires_at(mut self, time: SystemTime) -> Self {
        self.parts_mut().expires_at = Some(time);
        self
    }

    /// Sets how long the token is valid, counted from the moment a manager receives it, unless
    /// [`with_expires_at`](Token::with_expires_at) says when it ends.
    #[must_use]
    pub fn with_expires_in(mut self, lifetime: Duration) -> Self {
        self.parts_mut().expires_in = Some(lifetime);
        self
    }

    /// Sets the granted scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.parts_mut().scopes = Some(scopes);
        self
    }

    /// Sets the refresh token (RFC 6749 section 1.5).
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: impl Into<Secret>) -> Self {
        self.parts_mut().refresh_token = Some(refresh_token.into());
        self
    }

    /// The token to present to the API.
    #[must_use]
    pub fn access_token(&self) -> &Secret {
        &self.parts.access_token
    }

    /// The refresh token, if the server gave one.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.parts.refresh_token.as_ref()
    }

    /// The scopes that the server says it granted; `None` when it said nothing, which means those asked for.
    #[must_use]
    pub fn scopes(&self) -> Option<&Scopes> {
        self.parts.scopes.as_ref()
    }

    /// The whole lifetime, as the server gave it.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        self.parts.expires_in
    }

    /// When the token expires by the wall clock; `None` when nobody said.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.parts.expires_at
    }

    /// A further member of the token response, such as `instance_url`: a string as it is, anything else as JSON text.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Secret> {
        self.parts.extras.get(name).map(Extra::text)
    }

    /// The generation under which a manager handed this token out.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// When the request that brought this token was sent; known only in the process that sent it.
    pub(crate) fn requested_at(&self) -> Option<Timestamp> {
        self.parts.requested_at
    }

    /// Ties the lifetime to the instant before the token's request was sent.
    pub(crate) fn requested(mut self, at: Timestamp) -> Self {
        let parts = self.parts_mut();
        parts.requested_at = Some(at);
        if let Some(lifetime) = parts.expires_in {
            parts.expires_at = at.wall().checked_add(lifetime);
        }
        self
    }

    /// As it lies in a store: with an expiry that was worked out by the store's clock.
    pub(crate) fn shared(mut self, share: Shared) -> Self {
        let parts = self.parts_mut();
        parts.expires_at = share.ends.map(Timestamp::wall);
        parts.shared = Some(share);
        self
    }

    /// Its place in the fleet, once it lies in a store.
    pub(crate) fn share(&self) -> Option<&Shared> {
        self.parts.shared.as_ref()
    }

    /// Whether the two are one token of the fleet.
    pub(crate) fn is_shared_as(&self, other: &Self) -> bool {
        let generation = |token: &Self| token.share().map(|share| share.generation);
        generation(self).is_some() && generation(self) == generation(other)
    }

    /// When it was requested, by whichever process, if that is known.
    pub(crate) fn issued(&self) -> Option<Timestamp> {
        self.share().map(|share| share.issued).or(self.requested_at())
    }

    /// A token of this process that has been saved.
    pub(crate) fn saved_as(mut self, generation: StoreGeneration, received: Timestamp) -> Self {
        let issued = self.requested_at().unwrap_or(received);
        let ends = self.left(received).map(|left| received.plus(left));
        self.parts_mut().shared = Some(Shared {
            generation,
            issued,
            ends,
            unproven: false,
            pause: None,
        });
        self
    }

    /// What is left of its life at this time, as far as anybody said.
    pub(crate) fn left(&self, now: Timestamp) -> Option<Duration> {
        if let Some(shared) = self.share() {
            return shared.ends.map(|ends| now.until(ends));
        }
        match (self.requested_at(), self.expires_in(), self.expires_at()) {
            (Some(requested), Some(lifetime), _) => Some(lifetime.saturating_sub(now.elapsed_since(requested))),
            (_, _, Some(expires)) => Some(expires.duration_since(now.wall()).unwrap_or_default()),
            (None, lifetime, None) | (Some(_), lifetime @ None, None) => lifetime,
        }
    }

    /// With what a renewed token need not say again (RFC 6749 sections 5.1 and 6): its refresh token and its scopes.
    pub(crate) fn in_place_of(mut self, last: &Self) -> Self {
        let parts = self.parts_mut();
        if parts.refresh_token.is_none() {
            parts.refresh_token.clone_from(&last.parts.refresh_token);
        }
        if parts.scopes.is_none() {
            parts.scopes.clone_from(&last.parts.scopes);
        }
        self
    }

    /// Leaves the refresh token out: for whoever may use the token and not renew it, or when the server takes it no longer.
    #[must_use]
    pub fn without_refresh_token(mut self) -> Self {
        self.parts_mut().refresh_token = None;
        self
    }

    pub(crate) fn with_generation(&self, generation: Generation) -> Self {
        Self {
            parts: Arc::clone(&self.parts),
            generation,
        }
    }

    pub(crate) fn drop_end(&mut self) {
        self.parts_mut().expires_at = None;
    }

    fn parts_mut(&mut self) -> &mut Parts {
        Arc::make_mut(&mut self.parts)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("access_token", &self.parts.access_token)
            .field("refresh_token", &self.parts.refresh_token)
            .field("scopes", &self.parts.scopes)
            .field("expires_in", &self.parts.expires_in)
            .field("expires_at", &self.parts.expires_at)
            .field("members", &self.parts.extras.keys())
            .field("generation", &self.generation.0)
            .finish()
    }
}
