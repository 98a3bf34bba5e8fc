//! The public keys of clients (RFC 7517), which verify signatures.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A public key.
pub(in crate::auth) struct Jwk(Value);

impl Jwk {
    /// Reads a JWK, or the keys of a JWK set.
    ///
    /// # Panics
    /// Panics if `json` is neither, or if a key is private.
    pub(super) fn parse(json: &str) -> Vec<Self> {
        let value: Value = serde_json::from_str(json).expect("JSON of a JWK or a JWK set");
        let keys = match value.get("keys") {
            Some(Value::Array(keys)) => keys.clone(),
            _ => vec![value],
        };
        for key in &keys {
            assert!(key["kty"].is_string(), "a key has no kty");
            assert!(key["d"].is_null() && key["k"].is_null(), "a key is private");
        }
        keys.into_iter().map(Self).collect()
    }

    /// Returns a key, unless it is private.
    pub(in crate::auth) fn public(jwk: &Value) -> Option<Self> {
        let is_private = ["d", "k", "p", "q"].iter().any(|name| !jwk[*name].is_null());
        (!is_private).then(|| Self(jwk.clone()))
    }

    /// Returns whether the key has each name that the header of a signature has. A key without such a name matches only
    /// if the name is not a `kid`.
    pub(super) fn has_names(&self, sent: &[(&str, Option<&str>)]) -> bool {
        sent.iter().all(|(name, value)| match (value, self.0[*name].as_str()) {
            (None, _) => true,
            (Some(sent), Some(own)) => *sent == own,
            (Some(_), None) => *name != "kid",
        })
    }

    pub(super) fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let key = &self.0;
        if key["alg"].as_str().is_some_and(|own| own != algorithm) {
            return false;
        }
        let has_kind = |kind: &str, curve: Option<&str>| key["kty"] == *kind && key["crv"].as_str() == curve;
        match algorithm {
            "RS256" => self.verifies_rsa(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            "RS384" => self.verifies_rsa(&RSA_PKCS1_2048_8192_SHA384, message, signature),
            "RS512" => self.verifies_rsa(&RSA_PKCS1_2048_8192_SHA512, message, signature),
            "PS256" => self.verifies_rsa(&RSA_PSS_2048_8192_SHA256, message, signature),
            "PS384" => self.verifies_rsa(&RSA_PSS_2048_8192_SHA384, message, signature),
            "PS512" => self.verifies_rsa(&RSA_PSS_2048_8192_SHA512, message, signature),
            "ES256" if has_kind("EC", Some("P-256")) => {
                self.verifies_point(&ECDSA_P256_SHA256_FIXED, message, signature)
            }
            "ES384" if has_kind("EC", Some("P-384")) => {
                self.verifies_point(&ECDSA_P384_SHA384_FIXED, message, signature)
            }
            "ES512" if has_kind("EC", Some("P-521")) => {
                self.verifies_point(&ECDSA_P521_SHA512_FIXED, message, signature)
            }
            "EdDSA" | "Ed25519" if has_kind("OKP", Some("Ed25519")) => {
                let key = self.bytes("x").unwrap_or_default();
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
            }
            _ => false,
        }
    }

    fn verifies_rsa(&self, parameters: &RsaParameters, message: &[u8], signature: &[u8]) -> bool {
        let (Some(n), Some(e), Some("RSA")) = (self.bytes("n"), self.bytes("e"), self.0["kty"].as_str()) else {
            return false;
        };
        RsaPublicKeyComponents { n, e }
            .verify(parameters, message, signature)
            .is_ok()
    }

    fn verifies_point(&self, algorithm: &'static dyn VerificationAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let (Some(x), Some(y)) = (self.bytes("x"), self.bytes("y")) else {
            return false;
        };
        let point: Vec<u8> = [4].into_iter().chain(x).chain(y).collect();
        UnparsedPublicKey::new(algorithm, point)
            .verify(message, signature)
            .is_ok()
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(self.0[name].as_str()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &str =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    fn verifies(jwk: &str, algorithm: &str, message: &str, signature: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        Jwk::parse(jwk)[0].verifies(algorithm, message.as_bytes(), &signature)
    }

    /// RFC 7515 appendices A.3 and A.4, RFC 8037 appendix A.4.
    #[test]
    fn the_signatures_of_the_rfcs_are_valid_for_their_algorithm_and_message_alone() {
        for (jwk, algorithm, message, signature) in [
            (
                r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
                "ES256",
                format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}"),
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            ),
            (
                r#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}"#,
                "ES512",
                "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA".to_owned(),
                "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
            ),
            (
                r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
                "EdDSA",
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".to_owned(),
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            ),
        ] {
            assert!(verifies(jwk, algorithm, &message, signature), "{algorithm}");
            assert!(
                !verifies(jwk, algorithm, &format!("{message}A"), signature),
                "{algorithm}"
            );
            for other in ["ES256", "ES512", "RS256", "none"] {
                let is_own = other == algorithm;
                assert_eq!(
                    verifies(jwk, other, &message, signature),
                    is_own,
                    "{algorithm} as {other}"
                );
            }
        }
    }
}
