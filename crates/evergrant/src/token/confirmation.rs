//! The key that a token is bound to: the confirmation `cnf` (RFC 7800), of a token response or of a JWT access token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Token;
use super::extra_members::Extra;

/// The member of a token response, and the claim of a JWT access token.
const CONFIRMATION: &str = "cnf";

/// The confirmation method of DPoP (RFC 9449 section 6.1). Its tokens have the type `DPoP`.
pub(crate) const DPOP_KEY: &str = "jkt";

impl Token {
    /// Returns the key that the token is bound to, by this confirmation method (RFC 7800 section 3.1): `jkt` (RFC 9449
    /// section 6.1) is the thumbprint of a DPoP key, and `x5t#S256` (RFC 8705 section 3.1) that of a certificate.
    /// Returns `None` if the token is not known to be bound.
    ///
    /// ```
    /// use evergrant::Token;
    ///
    /// let json = r#"{"access_token":"not-a-real-token","token_type":"DPoP","cnf":{"jkt":"not-a-real-thumbprint"}}"#;
    /// assert_eq!(Token::from_json(json)?.bound_key("jkt").as_deref(), Some("not-a-real-thumbprint"));
    /// # Ok::<(), evergrant::TokenJsonError>(())
    /// ```
    #[must_use]
    pub fn bound_key(&self, method: &str) -> Option<String> {
        let confirmation = self.member(CONFIRMATION)?.expose();
        key_of(&serde_json::from_str(confirmation).ok()?, method)
    }

    /// Returns the key that the server states, in the response or in the access token itself if it is a JWT.
    pub(crate) fn stated_key(&self, method: &str) -> Option<String> {
        self.bound_key(method).or_else(|| {
            let claims = claims(self.access_token().expose())?;
            key_of(claims.get(CONFIRMATION)?, method)
        })
    }

    /// Records the key that the token is bound to.
    pub(crate) fn with_bound_key(mut self, method: &str, key: &str) -> Self {
        let confirmation = self.member(CONFIRMATION);
        let confirmation = confirmation.and_then(|text| serde_json::from_str(text.expose()).ok());
        let mut confirmation = match confirmation {
            Some(Value::Object(members)) => Value::Object(members),
            _ => json!({}),
        };
        confirmation[method] = key.into();
        let extras = &mut self.parts_mut().extras;
        extras.insert(CONFIRMATION.to_owned(), Extra::new(&confirmation));
        self
    }
}

fn key_of(confirmation: &Value, method: &str) -> Option<String> {
    Some(confirmation.get(method)?.as_str()?.to_owned())
}

/// Returns the claims of a JWT (RFC 9068), whose signature is for the API to verify.
fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_in_the_response_and_in_a_jwt() {
        let jwt = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        for (json, key) in [
            (json!({"access_token": "opaque"}), None),
            (json!({"access_token": "opaque", "cnf": {"jkt": "a"}}), Some("a")),
            (json!({"access_token": jwt(r#"{"cnf":{"jkt":"b"}}"#)}), Some("b")),
            (json!({"access_token": jwt(r#"{"cnf":{"jkt":7}}"#)}), None),
            (json!({"access_token": jwt(r#"{"cnf":"b"}"#)}), None),
            (json!({"access_token": jwt("not JSON")}), None),
            (json!({"access_token": jwt(r#"{"sub":"x"}"#), "cnf": "text"}), None),
            (
                json!({"access_token": format!("{}.more", jwt(r#"{"cnf":{"jkt":"b"}}"#))}),
                None,
            ),
        ] {
            let token = Token::from_json(&json.to_string()).unwrap();
            assert_eq!(token.stated_key(DPOP_KEY).as_deref(), key, "{json}");
            let token = token
                .with_bound_key(DPOP_KEY, "own")
                .with_bound_key("x5t#S256", "certificate");
            assert_eq!(token.bound_key(DPOP_KEY).as_deref(), Some("own"));
            assert_eq!(token.bound_key("x5t#S256").as_deref(), Some("certificate"));
        }
    }
}
