//! Public keys of a server (RFC 7517), which verify its signatures.

use aws_lc_rs::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::algorithm::Algorithm;

/// Maximum number of keys in a set that are read.
const MAX_KEYS: usize = 100;

/// A public key that may verify signatures.
pub(crate) struct PublicJwk {
    pub(crate) key_id: Option<String>,
    /// The only algorithm that the key is for, if the server states one.
    algorithm: Option<String>,
    material: Material,
}

enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point.
    Ec {
        curve: &'static str,
        point: Vec<u8>,
    },
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Members {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    use_: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl PublicJwk {
    /// Reads the keys of a set. Keys that are not for signatures or not supported are left out (RFC 7517 section 5).
    /// `None` if the JSON is not a key set.
    pub(crate) fn read_set(json: &str) -> Option<Vec<Self>> {
        let set: KeySet = serde_json::from_str(json).ok()?;
        let members = set.keys.into_iter().take(MAX_KEYS);
        let members = members.filter_map(|key| serde_json::from_value(key).ok());
        Some(members.filter_map(Self::read).collect())
    }

    fn read(members: Members) -> Option<Self> {
        if members.use_.as_deref().is_some_and(|use_| use_ != "sig") {
            return None;
        }
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_ref()?).ok();
        let material = match (members.kty.as_str(), members.crv.as_deref()) {
            ("RSA", _) => Material::Rsa {
                n: bytes(&members.n)?,
                e: bytes(&members.e)?,
            },
            ("EC", Some(name)) => {
                let (curve, len) = [("P-256", 32), ("P-384", 48), ("P-521", 66)]
                    .into_iter()
                    .find(|(curve, _)| *curve == name)?;
                let (x, y) = (bytes(&members.x)?, bytes(&members.y)?);
                if x.len() != len || y.len() != len {
                    return None;
                }
                let point = [&[4], &*x, &*y].concat();
                Material::Ec { curve, point }
            }
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(&members.x)?),
            _ => return None,
        };
        Some(Self {
            key_id: members.kid,
            algorithm: members.alg,
            material,
        })
    }

    /// Returns whether the key is of the kind that the algorithm needs.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        let is_kind = match &self.material {
            Material::Rsa { .. } => rsa(algorithm).is_some(),
            Material::Ec { curve, .. } => matches!(
                (algorithm, *curve),
                (Algorithm::Es256, "P-256") | (Algorithm::Es384, "P-384") | (Algorithm::Es512, "P-521")
            ),
            Material::Ed25519(_) => matches!(algorithm, Algorithm::EdDsa | Algorithm::Ed25519),
        };
        is_kind && self.algorithm.as_deref().is_none_or(|name| name == algorithm.name())
    }

    /// Returns whether this key has made the signature of the message. `false` for a key that does not
    /// [fit](Self::fits).
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        let verify = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key)
                .verify(message, signature)
                .is_ok()
        };
        match (&self.material, algorithm) {
            (Material::Rsa { n, e }, _) => rsa(algorithm).is_some_and(|parameters| {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, message, signature).is_ok()
            }),
            (Material::Ec { point, .. }, Algorithm::Es256) => verify(&signature::ECDSA_P256_SHA256_FIXED, point),
            (Material::Ec { point, .. }, Algorithm::Es384) => verify(&signature::ECDSA_P384_SHA384_FIXED, point),
            (Material::Ec { point, .. }, Algorithm::Es512) => verify(&signature::ECDSA_P521_SHA512_FIXED, point),
            (Material::Ec { .. }, _) => false,
            (Material::Ed25519(x), _) => verify(&signature::ED25519, x),
        }
    }
}

/// Returns the parameters of an RSA algorithm. Keys have 2048 to 8192 bits.
fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verifies(keys: &[PublicJwk], algorithm: Algorithm, token: &str) -> bool {
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        keys[0].verifies(algorithm, message.as_bytes(), &signature)
    }

    #[test]
    fn the_examples_of_the_rfcs_verify() {
        let es256 = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
        let ed25519 = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        for (keys, algorithm, token) in [
            // RFC 7515 appendix A.3.
            (
                es256,
                Algorithm::Es256,
                "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            ),
            // RFC 8037 appendix A.4.
            (
                ed25519,
                Algorithm::EdDsa,
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            ),
        ] {
            let keys = PublicJwk::read_set(keys).unwrap();
            assert!(verifies(&keys, algorithm, token));
            assert!(!verifies(&keys, algorithm, &token.replacen("eyJ", "eyK", 1)));
            assert!(!verifies(&keys, Algorithm::Rs256, token));
        }
    }

    #[test]
    fn keys_for_other_purposes_are_left_out() {
        for (members, expected) in [
            (r#""kty":"RSA","n":"AQAB","e":"AQAB""#, 1),
            (r#""kty":"RSA","n":"AQAB","e":"AQAB","use":"enc""#, 0),
            (r#""kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB""#, 0),
            (r#""kty":"EC","crv":"secp256k1","x":"AQAB","y":"AQAB""#, 0),
            (r#""kty":"oct","k":"AQAB""#, 0),
            (r#""kty":7"#, 0),
        ] {
            let keys = PublicJwk::read_set(&format!(r#"{{"keys":[{{{members}}}]}}"#)).unwrap();
            assert_eq!(keys.len(), expected, "{members}");
        }
        assert!(PublicJwk::read_set("{}").is_none());
    }
}
