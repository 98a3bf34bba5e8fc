//! What the authorization server says about an active token.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::Scopes;
use crate::token::JsonObject;

/// How far in the future `nbf` may be. The server has already checked `nbf`, but its clock may be ahead.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// What the authorization server says about an active token (RFC 7662 section 2.2). Returned by
/// [`Introspection::introspect`](super::Introspection::introspect). The `Debug` output shows the names of the members
/// only.
pub struct IntrospectedToken {
    members: JsonObject,
    scopes: Scopes,
    audiences: Vec<String>,
}

impl IntrospectedToken {
    pub(super) fn new(members: JsonObject) -> Self {
        let text = |name| members.get(name).and_then(Value::as_str);
        let audiences = match members.get("aud") {
            Some(Value::String(audience)) => vec![audience.clone()],
            Some(Value::Array(audiences)) => {
                let audiences = audiences.iter().filter_map(Value::as_str);
                audiences.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        Self {
            scopes: Scopes::parse(text("scope").unwrap_or_default()),
            audiences,
            members,
        }
    }

    /// Returns the scopes of the token (`scope`). Empty if the server does not state them.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Returns the client that requested the token (`client_id`).
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.text("client_id")
    }

    /// Returns the subject of the token (`sub`), usually the identifier of the user who authorized it.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// Returns the name of the user who authorized the token (`username`), for people to read.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.text("username")
    }

    /// Returns the issuer of the token (`iss`).
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// Returns the services that the token is for (`aud`). Empty if the server does not state them. A service that has
    /// an identifier rejects a token for others.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// Returns the type of the token (`token_type`), such as `Bearer` or `DPoP`.
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.text("token_type")
    }

    /// Returns when the token expires (`exp`). Returns `None` if the server does not state it, or states zero, as
    /// Doorkeeper does for a token that never expires.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.time("exp").filter(|expiry| *expiry != UNIX_EPOCH)
    }

    /// Returns a value of the member `cnf`, to which the token is bound: `x5t#S256` for the hash of a client
    /// certificate (RFC 8705 section 3.2), `jkt` for the hash of a DPoP key (RFC 9449 section 6.2). A service that gets
    /// such a token must check that the caller has the key.
    #[must_use]
    pub fn confirmation(&self, name: &str) -> Option<&str> {
        self.members.get("cnf")?.get(name)?.as_str()
    }

    /// Returns any member of the response: a string as it is, another value as JSON.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<String> {
        let value = self.members.get(name)?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    /// Returns whether the token has begun (`nbf`, with a clock skew of 60 s) and has not expired (`exp`).
    pub(super) fn is_valid_at(&self, now: SystemTime) -> bool {
        let begin = self.time("nbf");
        let has_begun = begin.is_none_or(|begin| begin.duration_since(now).unwrap_or_default() <= CLOCK_SKEW);
        has_begun && self.expires_at().is_none_or(|expiry| now < expiry)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    fn time(&self, name: &str) -> Option<SystemTime> {
        let seconds = self.members.get(name)?.as_f64().filter(|seconds| *seconds >= 0.0)?;
        UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
    }
}

impl fmt::Debug for IntrospectedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.members.keys().collect();
        f.debug_struct("IntrospectedToken").field("members", &names).finish()
    }
}
