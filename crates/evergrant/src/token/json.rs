//! The JSON formats of tokens: token responses, and the formats in which programs store tokens.

use std::time::UNIX_EPOCH;

use serde_json::{Map, Value};

use super::Token;
use super::confirmation::DPOP_KEY;
use super::expiry::MAX_LIFETIME;
use super::parse_members::{Members, Source};
use crate::error::{TokenJsonError, TokenProblem};
use crate::events;
use crate::redact::Redactor;

pub(crate) type JsonObject = Map<String, Value>;

/// The names of a token's members in JSON.
struct Names {
    access_token: &'static str,
    token_type: &'static str,
    expires_in: &'static str,
    refresh_token: &'static str,
}

const SNAKE_CASE: Names = Names {
    access_token: "access_token",
    token_type: "token_type",
    expires_in: "expires_in",
    refresh_token: "refresh_token",
};

const CAMEL_CASE: Names = Names {
    access_token: "accessToken",
    token_type: "tokenType",
    expires_in: "expiresIn",
    refresh_token: "refreshToken",
};

impl Token {
    /// Parses a stored token. Accepts the output of [`expose_json`](Token::expose_json), a token response, and the
    /// formats in which programs and SDKs in other languages store tokens. Member names may be those of RFC 6749
    /// (`access_token`), of TypeScript (`accessToken`) or of Go (`AccessToken`). If several are present, the names of
    /// RFC 6749 take precedence.
    ///
    /// The expiry is read from the member `expiry`, or from one with a similar name such as `expires_at` or
    /// `expires_on`. Its value is the time in seconds or milliseconds since 1970, as a number or string, or a date with
    /// an offset (RFC 3339, RFC 2822, an HTTP date). The expiry takes precedence over `expires_in`. The value of
    /// `expires_in` is a number of seconds or a duration such as `1 hour`, counted from the moment a token manager
    /// receives the token. If a member cannot be read, it is ignored, and the event `evergrant.member_ignored` is
    /// emitted.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use evergrant::Token;
    ///
    /// let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800);
    /// for stored in [
    ///     r#"{"access_token":"not-a-real-token","token_type":"Bearer","expiry":4102444800}"#,
    ///     r#"{"accessToken":"not-a-real-token","tokenType":"Bearer","expiry":"4102444800"}"#,
    ///     r#"{"AccessToken":"not-a-real-token","TokenType":"Bearer","Expiry":"2100-01-01T00:00:00Z"}"#,
    /// ] {
    ///     assert_eq!(Token::from_json(stored)?.expires_at(), Some(expiry));
    /// }
    /// # Ok::<(), evergrant::TokenJsonError>(())
    /// ```
    ///
    /// # Errors
    /// [`TokenJsonError`] if there is no usable access token, or the token type is neither `Bearer` nor `DPoP` with the
    /// key that the token is bound to (`cnf.jkt`). The message contains no part of the text except an unknown
    /// `token_type`.
    pub fn from_json(text: &str) -> Result<Self, TokenJsonError> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let Ok(Value::Object(object)) = serde_json::from_str(text) else {
            let problem = "is not a JSON object".to_owned();
            return Err(TokenJsonError::new(problem, TokenProblem::Other));
        };
        let members = Members {
            object: &object,
            source: Source::Stored,
            redactor: &Redactor::new([]),
        };
        let parsed = members.read()?;
        for ignored in &parsed.ignored {
            events::member_ignored(None, &ignored.member, ignored.problem.description());
        }
        Ok(parsed.token)
    }

    /// Serializes the token as JSON for storage, **secrets included**. Write the result only to a secret store.
    ///
    /// The member names are those of RFC 6749. The additional member `expiry` is the absolute expiry in Unix seconds,
    /// so that a token does not gain lifetime while it is stored. Additional members of the token response keep their
    /// JSON types. A token that is bound to a DPoP key has the type `DPoP`, and the key's thumbprint in `cnf`.
    #[must_use]
    pub fn expose_json(&self) -> String {
        self.json(&SNAKE_CASE)
    }

    /// Serializes the token as JSON like [`expose_json`](Token::expose_json), **secrets included**, with the member
    /// names that TypeScript SDKs use: `accessToken`, `tokenType`, `expiresIn`, `scope`, `expiry`, `refreshToken`.
    ///
    /// `expiresIn` (seconds) and `expiry` (Unix seconds) are numbers, as `JSON.parse` returns them. An SDK that expects
    /// a `bigint` converts them: `{ ...token, expiry: BigInt(token.expiry) }`.
    ///
    /// ```
    /// use evergrant::Token;
    ///
    /// let token = Token::from_json(r#"{"access_token":"not-a-real-token","expiry":4102444800}"#)?;
    /// let written = token.expose_json_camel_case();
    /// assert!(written.contains(r#""accessToken":"not-a-real-token""#) && written.contains(r#""expiry":4102444800"#));
    /// # Ok::<(), evergrant::TokenJsonError>(())
    /// ```
    #[must_use]
    pub fn expose_json_camel_case(&self) -> String {
        self.json(&CAMEL_CASE)
    }

    fn json(&self, names: &Names) -> String {
        let mut object = JsonObject::new();
        for (name, extra) in &self.parts.extras {
            object.insert(name.clone(), extra.value());
        }
        object.insert(names.access_token.into(), self.access_token().expose().into());
        let token_type = self.bound_key(DPOP_KEY).map_or("Bearer", |_| "DPoP");
        object.insert(names.token_type.into(), token_type.into());
        if let Some(lifetime) = self.expires_in() {
            object.insert(names.expires_in.into(), lifetime.as_secs().into());
        }
        if let Some(scopes) = self.scopes() {
            object.insert("scope".into(), scopes.to_string().into());
        }
        if let Some(expiry) = self.expires_at() {
            let since_1970 = expiry.duration_since(UNIX_EPOCH).unwrap_or_default();
            object.insert("expiry".into(), since_1970.min(MAX_LIFETIME).as_secs().into());
        }
        if let Some(refresh_token) = self.refresh_token() {
            object.insert(names.refresh_token.into(), refresh_token.expose().into());
        }
        Value::Object(object).to_string()
    }
}
