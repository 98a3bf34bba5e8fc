//! The claims of an ID token, and their checks.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use evergrant::Secret;
use serde_json::{Map, Value};

use super::error::IdTokenProblem;

/// The claims of a verified ID token (OpenID Connect Core section 2). The `Debug` output shows their names only.
#[derive(Clone)]
pub struct IdTokenClaims {
    members: Map<String, Value>,
    subject: String,
    expires_at: SystemTime,
}

/// Maximum length of a subject, in bytes (OpenID Connect Core section 2: 255 ASCII characters).
const MAX_SUBJECT: usize = 255;

/// What the claims must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: Option<&'a Secret>,
    pub(super) now: SystemTime,
    pub(super) clock_skew: Duration,
}

impl IdTokenClaims {
    /// Checks the claims of a token whose signature is right (OpenID Connect Core section 3.1.3.7).
    pub(super) fn check(members: Map<String, Value>, expected: &Expected<'_>) -> Result<Self, IdTokenProblem> {
        // The server signs logout tokens with the same keys (OpenID Connect Back-Channel Logout section 2.4).
        if members.contains_key("events") {
            return Err(IdTokenProblem::Malformed(
                "it is a logout token or another security event token",
            ));
        }
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if text("iss") != Some(expected.issuer) {
            return Err(IdTokenProblem::Issuer);
        }
        let client = expected.client_id;
        let is_for_client = match members.get("aud") {
            Some(Value::String(audience)) => audience == client,
            // With other audiences, the authorized party is the client.
            Some(Value::Array(audiences)) => {
                let is_listed = audiences.iter().any(|audience| audience.as_str() == Some(client));
                is_listed && (audiences.len() == 1 || text("azp") == Some(client))
            }
            _ => false,
        };
        if !is_for_client || members.get("azp").is_some_and(|party| party.as_str() != Some(client)) {
            return Err(IdTokenProblem::Audience);
        }
        let (now, skew) = (expected.now, expected.clock_skew);
        let expires_at = time(&members, "exp")?.ok_or(IdTokenProblem::Malformed("it has no claim `exp`"))?;
        if expires_at.checked_add(skew).is_some_and(|end| now >= end) {
            return Err(IdTokenProblem::Expired);
        }
        let issued_at = time(&members, "iat")?.ok_or(IdTokenProblem::Malformed("it has no claim `iat`"))?;
        let begins = [Some(issued_at), time(&members, "nbf")?];
        let latest = now.checked_add(skew);
        if begins
            .into_iter()
            .flatten()
            .any(|begin| latest.is_some_and(|latest| begin > latest))
        {
            return Err(IdTokenProblem::NotYetValid);
        }
        if let Some(nonce) = expected.nonce
            && text("nonce").is_none_or(|found| !is_same(found, nonce.expose()))
        {
            return Err(IdTokenProblem::Nonce);
        }
        let subject = text("sub").filter(|subject| !subject.is_empty() && subject.len() <= MAX_SUBJECT);
        let subject = subject.ok_or(IdTokenProblem::Malformed("it has no valid claim `sub`"))?;
        Ok(Self {
            subject: subject.to_owned(),
            expires_at,
            members,
        })
    }

    /// Returns the identifier of the user (`sub`), which is unique at the issuer and never reassigned.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns when the ID token expires (`exp`). This is not the end of the user's session.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Returns any claim, such as `email`: a string as it is, another value as JSON.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<String> {
        let value = self.members.get(name)?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}

/// Compares in a time that does not depend on the content.
fn is_same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

fn time(members: &Map<String, Value>, name: &'static str) -> Result<Option<SystemTime>, IdTokenProblem> {
    let Some(value) = members.get(name) else {
        return Ok(None);
    };
    let seconds = value
        .as_f64()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = seconds.filter(|seconds| seconds.as_secs() < 1 << 40);
    let time = time.and_then(|seconds| UNIX_EPOCH.checked_add(seconds));
    time.map(Some).ok_or(IdTokenProblem::Malformed(
        "a claim with a time is not a number of seconds",
    ))
}

impl fmt::Debug for IdTokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.members.keys().collect();
        f.debug_struct("IdTokenClaims").field("claims", &names).finish()
    }
}
