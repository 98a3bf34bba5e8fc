//! A token's JSON form: the one that token endpoints send, and the one that programs store.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::Token;
use crate::redact::Redactor;
use crate::{Scopes, Secret};

pub(crate) type JsonObject = Map<String, Value>;

/// Longest lifetime believed, and latest expiry as counted from 1970; anything above is taken as this (400 years).
const LONGEST: Duration = Duration::from_secs(400 * 365 * 24 * 3600);

/// Longest token type that an error repeats, in bytes; a type is a short name, such as `DPoP`, or a URI (RFC 6749 section 8.1).
const LONGEST_TYPE: usize = 64;

impl Token {
    /// Reads a stored token. Both what [`expose_json`](Token::expose_json) writes and what the SDKs before us stored are
    /// understood: `access_token`, `token_type`, `expires_in`, `scope`, `expiry` (Unix seconds), `refresh_token`, with
    /// numbers as numbers or as strings.
    ///
    /// # Errors
    /// [`TokenJsonError`] names the member that cannot be used. Of the text itself, an unknown `token_type` alone is part of
    /// the message.
    pub fn from_json(text: &str) -> Result<Self, TokenJsonError> {
        match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Members(&object).token(&Redactor::new([])),
            _ => Err(TokenJsonError("is not a JSON object".to_owned())),
        }
    }

    /// Writes the token for safe keeping, **secrets included**: give the text to a secret store and to nothing else.
    ///
    /// The expiry is absolute (`expiry`, Unix seconds), so that a token stored for an hour does not gain one.
    #[must_use]
    pub fn expose_json(&self) -> String {
        let mut object = JsonObject::new();
        for (name, text) in &self.parts.members {
            object.insert(name.clone(), text.expose().into());
        }
        object.insert("access_token".into(), self.access_token().expose().into());
        object.insert("token_type".into(), "Bearer".into());
        if let Some(lifetime) = self.expires_in() {
            object.insert("expires_in".into(), lifetime.as_secs().into());
        }
        if let Some(scopes) = self.scopes() {
            object.insert("scope".into(), scopes.to_string().into());
        }
        if let Some(expiry) = self.expires_at() {
            let seconds = expiry.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            object.insert("expiry".into(), seconds.into());
        }
        if let Some(refresh_token) = self.refresh_token() {
            object.insert("refresh_token".into(), refresh_token.expose().into());
        }
        Value::Object(object).to_string()
    }
}

/// Why a text cannot be read as a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenJsonError(String);

impl fmt::Display for TokenJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token {}", self.0)
    }
}

impl std::error::Error for TokenJsonError {}

/// The members of a token response or of a stored token, read leniently where servers differ and strictly where a guess
/// could be wrong.
pub(crate) struct Members<'a>(pub(crate) &'a JsonObject);

impl Members<'_> {
    /// What the error repeats goes through `redactor`, which need not know this token.
    pub(crate) fn token(&self, redactor: &Redactor) -> Result<Token, TokenJsonError> {
        let access_token = match self.0.get("access_token") {
            Some(Value::String(text)) if !text.is_empty() => text,
            Some(Value::String(_)) => return Err(wrong("has an empty `access_token`")),
            Some(_) => return Err(wrong("has an `access_token` that is not a string")),
            None => return Err(wrong("has no `access_token`")),
        };
        self.check_type(redactor)?;

        let mut token = Token::new(access_token.as_str());
        if !token.access_token().fits_header() {
            return Err(wrong("has an `access_token` with characters that no header can carry"));
        }
        let parts = token.parts_mut();
        parts.expires_in = self.seconds("expires_in")?;
        parts.expires_at = self.seconds("expiry")?.map(|seconds| UNIX_EPOCH + seconds);
        parts.refresh_token = self.text("refresh_token").map(Secret::from);
        parts.scopes = self.scopes()?;
        for (name, value) in self.0 {
            let known = [
                "access_token",
                "token_type",
                "expires_in",
                "expiry",
                "refresh_token",
                "scope",
            ];
            if !known.contains(&name.as_str()) && !value.is_null() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                parts.members.insert(name.clone(), text.into());
            }
        }
        Ok(token)
    }

    /// RFC 6749 section 7.1: a token of a type that we do not know must not be used. Absent means bearer.
    fn check_type(&self, redactor: &Redactor) -> Result<(), TokenJsonError> {
        match self.0.get("token_type") {
            None | Some(Value::Null) => Ok(()),
            Some(Value::String(kind)) if kind.is_empty() || kind.eq_ignore_ascii_case("bearer") => Ok(()),
            Some(Value::String(kind)) if kind.len() > LONGEST_TYPE => Err(wrong(&format!(
                "is of a type of more than {LONGEST_TYPE} bytes, and only `Bearer` is supported"
            ))),
            Some(other) => {
                let tokens = ["access_token", "refresh_token", "id_token"];
                let tokens: Vec<Secret> = tokens
                    .iter()
                    .filter_map(|name| self.text(name))
                    .map(Secret::from)
                    .collect();
                let kind = redactor
                    .and(&tokens)
                    .line(other.as_str().unwrap_or("not a string"), LONGEST_TYPE);
                Err(wrong(&format!("is of type `{kind}`, and only `Bearer` is supported")))
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// `None` when the server says nothing; an empty text or list says that there is none.
    fn scopes(&self) -> Result<Option<Scopes>, TokenJsonError> {
        let malformed = || wrong("has a `scope` that is neither a string nor a list of strings");
        match self.0.get("scope") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(Scopes::parse(text))),
            Some(Value::Array(names)) => {
                let names: Option<Scopes> = names.iter().map(Value::as_str).collect();
                names.map(Some).ok_or_else(malformed)
            }
            Some(_) => Err(malformed()),
        }
    }

    /// A number of seconds, whether an integer, a float or either of them in a string.
    fn seconds(&self, name: &str) -> Result<Option<Duration>, TokenJsonError> {
        let number = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        match number {
            Some(seconds) if seconds.is_finite() => Ok(Some(
                Duration::try_from_secs_f64(seconds.max(0.0)).map_or(LONGEST, |lifetime| lifetime.min(LONGEST)),
            )),
            _ => Err(wrong(&format!("has a `{name}` that is not a number of seconds"))),
        }
    }
}

fn wrong(problem: &str) -> TokenJsonError {
    TokenJsonError(problem.to_owned())
}
