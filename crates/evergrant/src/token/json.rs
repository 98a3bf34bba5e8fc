//! A token's JSON form: the one that token endpoints send, and the ones that programs store.

use std::time::UNIX_EPOCH;

use serde_json::{Map, Value};

use super::expiry::LONGEST;
use super::members::{Members, Origin};
use super::{Token, TokenJsonError};
use crate::manager::events;
use crate::redact::Redactor;
use crate::token::error::Problem;

pub(crate) type JsonObject = Map<String, Value>;

/// The names under which a token's members are written.
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
    /// Reads a stored token: what [`expose_json`](Token::expose_json) writes, a token response, and what programs and
    /// SDKs in other languages store. Names are read as RFC 6749 has them (`access_token`), as TypeScript does
    /// (`accessToken`) and as Go does (`AccessToken`); where there are several, RFC 6749's own counts.
    ///
    /// The end of the token is `expiry`, or has a similar name such as `expires_at` or `expires_on`: seconds or
    /// milliseconds since 1970, as a number or in a string, or a date with an offset (RFC 3339, RFC 2822, an HTTP
    /// date). It counts before `expires_in`, which is a number of seconds or a duration such as `1 hour`, and which a
    /// manager counts from when it is given the token. A member that cannot be read is left out, with the event
    /// `evergrant.member_ignored`.
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
    /// [`TokenJsonError`] if there is no usable access token, or a token type other than `Bearer`. Of the text itself,
    /// an unknown `token_type` alone is part of the message.
    pub fn from_json(text: &str) -> Result<Self, TokenJsonError> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let Ok(Value::Object(object)) = serde_json::from_str(text) else {
            let problem = "is not a JSON object".to_owned();
            return Err(TokenJsonError::new(problem, Problem::Other));
        };
        let members = Members {
            object: &object,
            origin: Origin::Stored,
            redactor: &Redactor::new([]),
        };
        let reading = members.read()?;
        for ignored in &reading.ignored {
            events::member_ignored(None, ignored);
        }
        Ok(reading.token)
    }

    /// Writes the token for safe keeping, **secrets included**: give the text to a secret store and to nothing else.
    ///
    /// The names are RFC 6749's, and `expiry` is the absolute end in Unix seconds, so that a token stored for an hour
    /// does not gain one. Further members of the response keep their types.
    #[must_use]
    pub fn expose_json(&self) -> String {
        self.json(&SNAKE_CASE)
    }

    /// Writes the token like [`expose_json`](Token::expose_json), **secrets included**, with the names that SDKs in
    /// TypeScript use: `accessToken`, `tokenType`, `expiresIn`, `scope`, `expiry`, `refreshToken`.
    ///
    /// `expiresIn` and `expiry` are numbers, of seconds and of Unix seconds, as `JSON.parse` gives them. An SDK that
    /// wants a `bigint` there converts them: `{ ...token, expiry: BigInt(token.expiry) }`.
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
        object.insert(names.token_type.into(), "Bearer".into());
        if let Some(lifetime) = self.expires_in() {
            object.insert(names.expires_in.into(), lifetime.as_secs().into());
        }
        if let Some(scopes) = self.scopes() {
            object.insert("scope".into(), scopes.to_string().into());
        }
        if let Some(expiry) = self.expires_at() {
            let since_1970 = expiry.duration_since(UNIX_EPOCH).unwrap_or_default();
            object.insert("expiry".into(), since_1970.min(LONGEST).as_secs().into());
        }
        if let Some(refresh_token) = self.refresh_token() {
            object.insert(names.refresh_token.into(), refresh_token.expose().into());
        }
        Value::Object(object).to_string()
    }
}
