//! Tokens with their expiry, scopes and refresh token. The rules for deadlines are in `manager::token_deadlines`.

mod confirmation;
mod expiry;
mod extra_members;
mod json;
mod member_names;
mod parse_members;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) use self::confirmation::DPOP_KEY;
use self::extra_members::Extra;
pub(crate) use self::json::JsonObject;
pub(crate) use self::member_names::names_access_token;
pub(crate) use self::parse_members::{
    IgnoredMember, MemberProblem, Members, ParsedToken, Source, unsupported_type_reason,
};
use crate::authorization_details::AUTHORIZATION_DETAILS;
use crate::runtime::Timestamp;
use crate::token_generation::{Generation, StoreGeneration};
use crate::{Scopes, Secret};

/// An access token with its expiry, scopes and refresh token (RFC 6749 section 5.1). Cheap to clone.
///
/// The `Debug` output shows no secret. Only [`access_token`](Token::access_token),
/// [`refresh_token`](Token::refresh_token), [`member`](Token::member) and the `expose_json` methods return secrets.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use evergrant::Token;
///
/// let stored = r#"{
///     "access_token": "not-a-real-token",
///     "token_type": "Bearer",
///     "expiry": 4102444800,
///     "scope": "books.read"
/// }"#;
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
    stored: Option<StoreMetadata>,
    extras: BTreeMap<String, Extra>,
}

/// Metadata of a token from a store, with times of this process's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoreMetadata {
    pub(crate) generation: StoreGeneration,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Option<Timestamp>,
    /// It replaced a token that an API rejected.
    pub(crate) unproven: bool,
    /// Until this time, APIs are known to reject fresh tokens too, and rejections start no renewal.
    pub(crate) pause: Option<Timestamp>,
}

impl Token {
    /// Creates a token from its access token. The expiry is unknown, and there are no scopes and no refresh token.
    pub fn new(access_token: impl Into<Secret>) -> Self {
        let parts = Parts {
            access_token: access_token.into(),
            refresh_token: None,
            scopes: None,
            expires_in: None,
            expires_at: None,
            requested_at: None,
            stored: None,
            extras: BTreeMap::new(),
        };
        Self {
            parts: Arc::new(parts),
            generation: Generation::default(),
        }
    }

    /// Sets the time at which the token expires.
    #[must_use]
    pub fn with_expires_at(mut self, time: SystemTime) -> Self {
        self.parts_mut().expires_at = Some(time);
        self
    }

    /// Sets the lifetime of the token, counted from the moment a token manager receives it. Has no effect if
    /// [`with_expires_at`](Token::with_expires_at) sets the expiry.
    #[must_use]
    pub fn with_expires_in(mut self, lifetime: Duration) -> Self {
        self.parts_mut().expires_in = Some(lifetime);
        self
    }

    /// Sets the scopes that the server has granted for the token.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.parts_mut().scopes = Some(scopes);
        self
    }

    /// Sets the refresh token, with which a token manager renews this token (RFC 6749 section 1.5).
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: impl Into<Secret>) -> Self {
        self.parts_mut().refresh_token = Some(refresh_token.into());
        self
    }

    /// Returns the access token itself, to be sent to the API.
    #[must_use]
    pub fn access_token(&self) -> &Secret {
        &self.parts.access_token
    }

    /// Returns the refresh token. Returns `None` if the server issued none.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.parts.refresh_token.as_ref()
    }

    /// Returns the scopes that the server has granted. Returns `None` if the server did not state them, which means
    /// that it granted the requested scopes.
    #[must_use]
    pub fn scopes(&self) -> Option<&Scopes> {
        self.parts.scopes.as_ref()
    }

    /// Returns the full lifetime of the token as the server stated it (`expires_in`), not the remaining one. Returns
    /// `None` if it is unknown.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        self.parts.expires_in
    }

    /// Returns the time at which the token expires, on the wall clock. Returns `None` if it is unknown.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.parts.expires_at
    }

    /// Returns an additional member of the token response, such as `instance_url`. A string is returned unchanged, and
    /// any other value as JSON. Returns `None` if the response has no such member.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Secret> {
        self.parts.extras.get(name).map(Extra::text)
    }

    /// Returns the authorization details that the server granted (RFC 9396 section 7), as JSON. They may differ from
    /// the [requested](crate::TokenManagerBuilder::authorization_details) ones. A renewed token without details has
    /// those of the token that it replaces. Returns `None` if the response contains none. They are a [`Secret`],
    /// because they may contain account numbers.
    #[must_use]
    pub fn authorization_details(&self) -> Option<&Secret> {
        self.member(AUTHORIZATION_DETAILS)
    }

    /// Returns the generation of this token: its number among the tokens of its [`TokenManager`](crate::TokenManager).
    /// Pass it to [`TokenManager::reject`](crate::TokenManager::reject) if an API rejects the token.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Returns the time of the token's request; known only in the process that sent it.
    pub(crate) fn requested_at(&self) -> Option<Timestamp> {
        self.parts.requested_at
    }

    /// Sets the time of the token's request, from which its lifetime counts.
    pub(crate) fn with_requested_at(mut self, at: Timestamp) -> Self {
        let parts = self.parts_mut();
        parts.requested_at = Some(at);
        if let Some(lifetime) = parts.expires_in {
            parts.expires_at = at.wall().checked_add(lifetime);
        }
        self
    }

    /// Sets the metadata of a stored token, including its expiry on the store's clock.
    pub(crate) fn with_store_metadata(mut self, metadata: StoreMetadata) -> Self {
        let parts = self.parts_mut();
        parts.expires_at = metadata.expires.map(Timestamp::wall);
        parts.stored = Some(metadata);
        self
    }

    /// Returns the metadata of a stored token.
    pub(crate) fn store_metadata(&self) -> Option<&StoreMetadata> {
        self.parts.stored.as_ref()
    }

    /// Returns whether both are the same stored token.
    pub(crate) fn is_same_stored_token(&self, other: &Self) -> bool {
        let generation = |token: &Self| token.store_metadata().map(|stored| stored.generation);
        generation(self).is_some() && generation(self) == generation(other)
    }

    /// Returns the time of the token's request by any process, if known.
    pub(crate) fn issued(&self) -> Option<Timestamp> {
        self.store_metadata()
            .map(|stored| stored.issued)
            .or(self.requested_at())
    }

    /// Marks a token of this process as saved in the store.
    pub(crate) fn with_saved_generation(mut self, generation: StoreGeneration, received: Timestamp) -> Self {
        let issued = self.requested_at().unwrap_or(received);
        let expires = self.remaining(received).map(|remaining| received.plus(remaining));
        self.parts_mut().stored = Some(StoreMetadata {
            generation,
            issued,
            expires,
            unproven: false,
            pause: None,
        });
        self
    }

    /// Returns the remaining lifetime at this time, if known.
    pub(crate) fn remaining(&self, now: Timestamp) -> Option<Duration> {
        if let Some(stored) = self.store_metadata() {
            return stored.expires.map(|expires| now.until(expires));
        }
        match (self.requested_at(), self.expires_in(), self.expires_at()) {
            (Some(requested), Some(lifetime), _) => Some(lifetime.saturating_sub(now.elapsed_since(requested))),
            (_, _, Some(expires)) => Some(expires.duration_since(now.wall()).unwrap_or_default()),
            (None, lifetime, None) | (Some(_), lifetime @ None, None) => lifetime,
        }
    }

    /// Takes over the refresh token and the scopes of the previous token if a renewed one omits them (RFC 6749 sections
    /// 5.1 and 6).
    pub(crate) fn inheriting_from(mut self, last: &Self) -> Self {
        let parts = self.parts_mut();
        if parts.refresh_token.is_none() {
            parts.refresh_token.clone_from(&last.parts.refresh_token);
        }
        if parts.scopes.is_none() {
            parts.scopes.clone_from(&last.parts.scopes);
        }
        if let Some(details) = last.parts.extras.get(AUTHORIZATION_DETAILS) {
            let granted = parts.extras.entry(AUTHORIZATION_DETAILS.to_owned());
            granted.or_insert_with(|| details.clone());
        }
        self
    }

    /// Removes the refresh token. Use this for a recipient that may use the token but not renew it, or after the server
    /// has rejected the refresh token.
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

    pub(crate) fn clear_expiry(&mut self) {
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
