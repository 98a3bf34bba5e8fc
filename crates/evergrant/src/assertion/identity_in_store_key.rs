//! The identities of the clients and users of assertions, as components of a store key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::SharedAssertionSource;
use crate::Secret;
use crate::error::BuildError;

/// A source of assertions, and the identity of the client or user that they identify.
#[derive(Debug, Clone)]
pub(crate) struct Identified {
    pub(crate) source: SharedAssertionSource,
    identity: Option<String>,
}

impl Identified {
    /// The identity of a fixed assertion is its fingerprint. That of any other source is unknown: the same file or
    /// function may identify somebody else in another process.
    pub(crate) fn new(source: SharedAssertionSource) -> Self {
        let identity = source.fixed().map(fingerprint);
        Self { source, identity }
    }

    /// Sets the identity, which the application knows.
    pub(crate) fn set_id(&mut self, id: &str) {
        self.identity = Some(format!("id:{id}"));
    }

    /// Validates the assertion for a server with this issuer. `setting` names the assertion in the error.
    pub(crate) fn check(&self, setting: &'static str, issuer: Option<&str>) -> Result<(), BuildError> {
        self.source.check(setting, issuer)
    }

    pub(crate) fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }
}

/// Returns the SHA-256 hash of an assertion. An assertion cannot be guessed, so its hash does not reveal it.
pub(crate) fn fingerprint(assertion: &Secret) -> String {
    let hash = Sha256::digest(assertion.expose());
    format!("sha256:{}", HEXLOWER.encode(&hash))
}

/// Returns issuer and subject of a JWT. Its signature is not verified: the authorization server does that.
pub(super) fn jwt_subject(assertion: &Secret) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(assertion.expose().split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let subject = claims["sub"].as_str()?;
    // Quoted, so that no two pairs have the same text.
    Some(match claims["iss"].as_str() {
        Some(issuer) => format!("{issuer:?} {subject:?}"),
        None => format!("{subject:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_is_that_of_the_jwt() {
        for (claims, expected) in [
            (r#"{"iss":"https://k8s","sub":"a"}"#, Some(r#""https://k8s" "a""#)),
            (r#"{"sub":"a"}"#, Some(r#""a""#)),
            (r#"{"iss":"https://k8s"}"#, None),
            ("[]", None),
        ] {
            let assertion = Secret::new(format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims)));
            assert_eq!(jwt_subject(&assertion).as_deref(), expected, "{claims}");
        }
        assert_eq!(jwt_subject(&Secret::from("opaque")), None);
    }
}
