//! The keys of proofs: the current one, and earlier ones whose tokens are still in use.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::error::{KeyError, KeyErrorKind};
use crate::signer::{SharedSigner, Signer};

/// Maximum number of keys, with the current one.
const MAX_KEYS: usize = 16;

/// The members of a public key that its thumbprint covers (RFC 7638 section 3.2, RFC 8037 section 2).
const PUBLIC_MEMBERS: [&str; 6] = ["crv", "e", "kty", "n", "x", "y"];

/// A key, with the encoded header of its proofs.
pub(super) struct Key {
    pub(super) signer: SharedSigner,
    pub(super) thumbprint: String,
    /// Base64url of the JWS header.
    pub(super) header: String,
}

/// The current key first.
pub(super) struct Keys(RwLock<VecDeque<Arc<Key>>>);

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    jwk: &'a BTreeMap<&'static str, String>,
}

impl Key {
    pub(super) fn new(signer: impl Signer) -> Result<Self, KeyError> {
        let algorithm = signer.algorithm();
        if algorithm.is_hmac() {
            let problem =
                format!("a DPoP proof needs a private key, but {algorithm} signs with a secret; use ES256 or EdDSA");
            return Err(KeyError::new(KeyErrorKind::WrongAlgorithm, problem));
        }
        let jwk = signer.public_jwk().and_then(|jwk| public_members(&jwk)).ok_or_else(|| {
            KeyError::new(
                KeyErrorKind::Malformed,
                "the signer returns no public key as JWK, which each DPoP proof contains; implement Signer::public_jwk",
            )
        })?;
        // The members are sorted, and texts always serialize.
        let thumbprint = digest(&SHA256, &serde_json::to_vec(&jwk).unwrap_or_default());
        let header = Header {
            typ: "dpop+jwt",
            alg: algorithm.name(),
            jwk: &jwk,
        };
        Ok(Self {
            signer: Arc::new(signer),
            thumbprint: URL_SAFE_NO_PAD.encode(thumbprint),
            header: URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).unwrap_or_default()),
        })
    }
}

/// Returns the members of a public JWK that identify the key, and no others, such as those of a private key.
fn public_members(jwk: &str) -> Option<BTreeMap<&'static str, String>> {
    let jwk: serde_json::Value = serde_json::from_str(jwk).ok()?;
    let member = |name: &'static str| Some((name, jwk.get(name)?.as_str()?.to_owned()));
    let members: BTreeMap<_, _> = PUBLIC_MEMBERS.into_iter().filter_map(member).collect();
    let required: &[&str] = match members.get("kty")?.as_str() {
        "EC" => &["crv", "x", "y"],
        "OKP" => &["crv", "x"],
        "RSA" => &["e", "n"],
        _ => return None,
    };
    let is_complete = required.iter().all(|name| members.contains_key(name)) && members.len() == required.len() + 1;
    is_complete.then_some(members)
}

impl Keys {
    pub(super) fn new(key: Key) -> Self {
        Self(RwLock::new(VecDeque::from([Arc::new(key)])))
    }

    pub(super) fn current(&self) -> Arc<Key> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys[0])
    }

    pub(super) fn find(&self, thumbprint: &str) -> Option<Arc<Key>> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.thumbprint == thumbprint).map(Arc::clone)
    }

    /// Makes this key the current one.
    pub(super) fn replace(&self, key: Key) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|known| known.thumbprint != key.thumbprint);
        keys.push_front(Arc::new(key));
        keys.truncate(MAX_KEYS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::PrivateKey;
    use crate::{Algorithm, Signer};

    #[test]
    fn the_key_of_rfc_9449_has_its_thumbprint() {
        let jwk = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256","d":"not-sent","use":"sig"}"#;
        let members = public_members(jwk).unwrap();
        assert_eq!(members.keys().copied().collect::<Vec<_>>(), ["crv", "kty", "x", "y"]);
        let thumbprint = digest(&SHA256, &serde_json::to_vec(&members).unwrap());
        assert_eq!(
            URL_SAFE_NO_PAD.encode(thumbprint),
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
        );
    }

    #[test]
    fn a_key_has_the_thumbprint_of_its_signer_and_the_last_keys_are_kept() {
        let key = |algorithm| PrivateKey::generate(algorithm).unwrap();
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Es384, Algorithm::Ps256] {
            let key = key(algorithm);
            assert_eq!(Key::new(key.clone()).unwrap().thumbprint, key.thumbprint());
        }
        let first = key(Algorithm::Es256);
        let keys = Keys::new(Key::new(first.clone()).unwrap());
        for _ in 1..MAX_KEYS {
            keys.replace(Key::new(key(Algorithm::Es256)).unwrap());
        }
        assert!(keys.find(first.thumbprint()).is_some());
        keys.replace(Key::new(key(Algorithm::Es256)).unwrap());
        assert!(keys.find(first.thumbprint()).is_none());
        keys.replace(Key::new(first.clone()).unwrap());
        assert_eq!(keys.current().thumbprint, first.thumbprint());
    }

    #[test]
    fn a_signer_without_a_public_key_is_rejected() {
        #[derive(Debug)]
        struct WithJwk(Option<&'static str>, Algorithm);
        impl Signer for WithJwk {
            fn algorithm(&self) -> Algorithm {
                self.1
            }

            fn key_id(&self) -> Option<&str> {
                None
            }

            fn public_jwk(&self) -> Option<String> {
                self.0.map(str::to_owned)
            }

            fn sign<'a>(&'a self, _: &'a [u8]) -> evergrant::runtime::BoxFuture<'a, Result<Vec<u8>, evergrant::Error>> {
                Box::pin(async { Ok(Vec::new()) })
            }
        }
        let okp = Some(r#"{"kty":"OKP","crv":"Ed25519","x":"eA"}"#);
        for (jwk, algorithm, kind) in [
            (None, Algorithm::Es256, Some(KeyErrorKind::Malformed)),
            (Some("{}"), Algorithm::Es256, Some(KeyErrorKind::Malformed)),
            (
                Some(r#"{"kty":"EC","crv":"P-256","x":"eA"}"#),
                Algorithm::Es256,
                Some(KeyErrorKind::Malformed),
            ),
            (
                Some(r#"{"kty":"oct","k":"eA"}"#),
                Algorithm::Es256,
                Some(KeyErrorKind::Malformed),
            ),
            (okp, Algorithm::Hs256, Some(KeyErrorKind::WrongAlgorithm)),
            (okp, Algorithm::EdDsa, None),
        ] {
            let error = Key::new(WithJwk(jwk, algorithm)).err();
            assert_eq!(error.map(|error| error.kind()), kind, "{jwk:?}");
        }
    }
}
