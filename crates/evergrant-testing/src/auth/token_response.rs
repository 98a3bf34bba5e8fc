//! Builds token responses (RFC 6749 section 5.1), with the changes that a test makes to them.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

/// How a token response of an [`AuthServer`](crate::AuthServer) expresses the lifetime of the token. The actual
/// lifetime of the token does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExpiresIn {
    /// An integer, as in RFC 6749: `"expires_in": 3600`. Fractions of a second are truncated.
    #[default]
    Seconds,
    /// A string: `"expires_in": "3600"`.
    Text,
    /// A number with a fraction: `"expires_in": 3600.0`.
    Float,
    /// Always zero: `"expires_in": 0`.
    Zero,
    /// The response contains no `expires_in`.
    Absent,
    /// The time of expiry in seconds since 1970, instead of `expires_in`: `"expiry": 1767326645`.
    UnixExpiry,
}

pub(super) struct TokenResponse {
    pub(super) lifetime: Duration,
    pub(super) expires_in: ExpiresIn,
    /// The scopes of every token, if they do not depend on the request.
    pub(super) scopes: Option<Vec<String>>,
    /// Members that the test sets, or omits with `None`.
    pub(super) members: BTreeMap<String, Option<Value>>,
}

impl Default for TokenResponse {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(3600),
            expires_in: ExpiresIn::default(),
            scopes: None,
            members: BTreeMap::new(),
        }
    }
}

impl TokenResponse {
    pub(super) fn set(&mut self, name: &str, json: &str) {
        let value = serde_json::from_str(json).expect("valid JSON");
        self.members.insert(name.to_owned(), Some(value));
    }

    pub(super) fn omit(&mut self, name: &str) {
        self.members.insert(name.to_owned(), None);
    }

    pub(super) fn granted(&self, requested: &[String]) -> Vec<String> {
        self.scopes.as_deref().unwrap_or(requested).to_vec()
    }

    pub(super) fn members(
        &self,
        token: &str,
        refresh_token: Option<&str>,
        scopes: &[String],
        now: SystemTime,
    ) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("access_token".into(), token.into());
        members.insert("token_type".into(), "Bearer".into());
        if let Some((name, value)) = self.expiry(now) {
            members.insert(name.into(), value);
        }
        if let Some(refresh_token) = refresh_token {
            members.insert("refresh_token".into(), refresh_token.into());
        }
        if !scopes.is_empty() {
            members.insert("scope".into(), scopes.join(" ").into());
        }
        for (name, value) in &self.members {
            match value {
                Some(value) => members.insert(name.clone(), value.clone()),
                None => members.remove(name),
            };
        }
        members
    }

    fn expiry(&self, now: SystemTime) -> Option<(&'static str, Value)> {
        let seconds = self.lifetime.as_secs();
        let value = match self.expires_in {
            ExpiresIn::Seconds => json!(seconds),
            ExpiresIn::Text => json!(seconds.to_string()),
            ExpiresIn::Float => json!(self.lifetime.as_secs_f64()),
            ExpiresIn::Zero => json!(0),
            ExpiresIn::Absent => return None,
            ExpiresIn::UnixExpiry => return Some(("expiry", json!(unix_seconds(now + self.lifetime)))),
        };
        Some(("expires_in", value))
    }
}

pub(super) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
