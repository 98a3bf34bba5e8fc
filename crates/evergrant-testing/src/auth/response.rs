//! How the server words a token response (RFC 6749 section 5.1), and how a test wants it worded instead.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

/// How a token response tells the token's lifetime. The token is valid for its lifetime whatever the response says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExpiresIn {
    /// `"expires_in": 3600`, as RFC 6749 has it; a fraction of a second is cut off.
    #[default]
    Seconds,
    /// `"expires_in": "3600"`.
    Text,
    /// `"expires_in": 3600.0`.
    Float,
    /// `"expires_in": 0`.
    Zero,
    /// Not at all.
    Absent,
    /// `"expiry": 1767326645`, seconds since 1970, and no `expires_in`.
    UnixExpiry,
}

pub(super) struct TokenResponse {
    pub(super) lifetime: Duration,
    pub(super) expires_in: ExpiresIn,
    /// The scopes of every token, whatever was asked for.
    pub(super) scopes: Option<Vec<String>>,
    /// Members set or, with `None`, left out by the test.
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
        let value = serde_json::from_str(json).expect("JSON text");
        self.members.insert(name.to_owned(), Some(value));
    }

    pub(super) fn leave_out(&mut self, name: &str) {
        self.members.insert(name.to_owned(), None);
    }

    pub(super) fn granted(&self, asked: &[String]) -> Vec<String> {
        self.scopes.as_deref().unwrap_or(asked).to_vec()
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
