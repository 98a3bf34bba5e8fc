//! Public keys: as a JWK, and their thumbprint (RFC 7638).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::{Curve, KeyPair};
use crate::algorithm::Algorithm;
use crate::der::Reader;
use crate::error::{KeyError, KeyErrorKind};

/// The members of a public key, base64url-encoded.
pub(super) enum PublicKey {
    Rsa { n: String, e: String },
    Ec { curve: Curve, x: String, y: String },
    Ed25519 { x: String },
}

/// The members of a JWK in the order of a thumbprint's input (RFC 7638 section 3.3).
#[derive(Default, Serialize)]
struct Members<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<&'a str>,
    kty: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<&'a str>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    use_: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

impl PublicKey {
    pub(super) fn of(pair: &KeyPair) -> Result<Self, KeyError> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key = match pair {
            KeyPair::Rsa(pair) => {
                rsa_members(pair.public_key().as_ref()).map(|(n, e)| Self::Rsa { n: text(n), e: text(e) })
            }
            KeyPair::Ec(curve, pair) => {
                // An uncompressed point.
                let point = pair.public_key().as_ref().strip_prefix(&[4]);
                let halves = point.and_then(|point| point.split_at_checked(curve.len()));
                halves.map(|(x, y)| Self::Ec {
                    curve: *curve,
                    x: text(x),
                    y: text(y),
                })
            }
            KeyPair::Ed25519(pair) => Some(Self::Ed25519 {
                x: text(pair.public_key().as_ref()),
            }),
        };
        key.ok_or_else(|| KeyError::new(KeyErrorKind::Malformed, "the public part of the key cannot be read"))
    }

    fn members(&self) -> Members<'_> {
        match self {
            Self::Rsa { n, e } => Members {
                kty: "RSA",
                n: Some(n),
                e: Some(e),
                ..Members::default()
            },
            Self::Ec { curve, x, y } => Members {
                kty: "EC",
                crv: Some(curve.name()),
                x: Some(x),
                y: Some(y),
                ..Members::default()
            },
            Self::Ed25519 { x } => Members {
                kty: "OKP",
                crv: Some("Ed25519"),
                x: Some(x),
                ..Members::default()
            },
        }
    }

    pub(super) fn jwk(&self, algorithm: Algorithm, key_id: Option<&str>) -> String {
        json(&Members {
            use_: Some("sig"),
            alg: Some(algorithm.name()),
            kid: key_id,
            ..self.members()
        })
    }

    pub(super) fn thumbprint(&self) -> String {
        let hash = digest(&SHA256, json(&self.members()).as_bytes());
        URL_SAFE_NO_PAD.encode(hash)
    }
}

/// Texts always serialize.
fn json(members: &Members<'_>) -> String {
    serde_json::to_string(members).unwrap_or_default()
}

/// Reads modulus and exponent of an `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn rsa_members(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut key = Reader::whole(der)?.sequence()?;
    Some((key.unsigned_integer()?, key.unsigned_integer()?))
}
