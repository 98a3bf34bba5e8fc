//! Private keys as JWK (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).

use std::borrow::Cow;

use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::pem::check_rsa_size;
use super::{Curve, KeyPair, PrivateKey};
use crate::algorithm::Algorithm;
use crate::error::{KeyError, KeyErrorKind};

/// A key or a set of keys. The members of the key borrow from the text, so that no copies of secrets are made:
/// base64url has no escapes.
#[derive(Deserialize)]
struct Jwk<'a> {
    #[serde(borrow, default)]
    kty: Cow<'a, str>,
    #[serde(borrow, default)]
    crv: Cow<'a, str>,
    alg: Option<String>,
    kid: Option<String>,
    #[serde(rename = "use")]
    use_: Option<String>,
    n: Option<&'a str>,
    e: Option<&'a str>,
    d: Option<&'a str>,
    p: Option<&'a str>,
    q: Option<&'a str>,
    dp: Option<&'a str>,
    dq: Option<&'a str>,
    qi: Option<&'a str>,
    oth: Option<IgnoredAny>,
    x: Option<&'a str>,
    y: Option<&'a str>,
    k: Option<&'a str>,
    #[serde(borrow)]
    keys: Option<Vec<Jwk<'a>>>,
}

pub(super) fn read(json: &str) -> Result<PrivateKey, KeyError> {
    // The message of the JSON error may contain a member of the key.
    let jwk: Jwk<'_> = serde_json::from_str(json).map_err(|error| {
        malformed(format!(
            "the JWK is not valid JSON, or a member has the wrong type (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    match &jwk.keys {
        None => jwk.private_key(),
        Some(keys) => {
            let mut private = keys
                .iter()
                .filter(|key| key.d.is_some() && key.use_.as_deref() != Some("enc"));
            match (private.next(), private.next()) {
                (Some(key), None) => key.private_key(),
                (None, _) => Err(not_private(
                    "the JWK set contains no private key for signatures; use the private JWK",
                )),
                _ => Err(malformed(
                    "the JWK set contains several private keys; use a file with the one that signs",
                )),
            }
        }
    }
}

impl Jwk<'_> {
    fn private_key(&self) -> Result<PrivateKey, KeyError> {
        if self.k.is_some() || self.kty == "oct" {
            let problem = "the JWK is a shared secret (`oct`); use it as the client's secret, with ClientSecretJwt";
            return Err(KeyError::new(KeyErrorKind::Unsupported, problem));
        }
        if self.use_.as_deref().is_some_and(|purpose| purpose != "sig") {
            return Err(KeyError::new(
                KeyErrorKind::WrongAlgorithm,
                "the JWK is for encryption (`use` is not `sig`); use the key for signatures",
            ));
        }
        if self.d.is_none() && (self.n.is_some() || self.x.is_some()) {
            return Err(not_private(
                "the JWK is a public key (it has no `d`); use the private JWK",
            ));
        }
        let pair = match (&*self.kty, &*self.crv) {
            ("RSA", _) => self.rsa()?,
            ("EC", "P-256") => self.ec(Curve::P256)?,
            ("EC", "P-384") => self.ec(Curve::P384)?,
            ("EC", "P-521") => self.ec(Curve::P521)?,
            ("OKP", "Ed25519") => self.ed25519()?,
            ("EC" | "OKP", _) => {
                let problem = "the curve (`crv`) of the JWK is not supported; use P-256, P-384, P-521 or Ed25519";
                return Err(KeyError::new(KeyErrorKind::Unsupported, problem));
            }
            _ => return Err(malformed("the JWK has no supported `kty`: RSA, EC or OKP")),
        };
        let mut key = PrivateKey::new(pair)?;
        if let Some(name) = &self.alg {
            let algorithm: Algorithm = name.parse().map_err(|error: KeyError| error.of("`alg` of the JWK"))?;
            key = key
                .with_algorithm(algorithm)
                .map_err(|error| error.of("`alg` of the JWK"))?;
        }
        key.key_id.clone_from(&self.kid);
        Ok(key)
    }

    fn rsa(&self) -> Result<KeyPair, KeyError> {
        if self.oth.is_some() {
            return Err(KeyError::new(
                KeyErrorKind::Unsupported,
                "the RSA key has more than two primes (`oth`)",
            ));
        }
        let (n, e) = (decode("n", self.n)?, decode("e", self.e)?);
        let n = n
            .iter()
            .position(|byte| *byte != 0)
            .map_or(&[][..], |start| &n[start..]);
        check_rsa_size(n)?;
        let components = KeyPairComponents {
            public_key: PublicKeyComponents { n, e: &e[..] },
            d: &decode("d", self.d)?[..],
            p: &decode("p", self.p)?[..],
            q: &decode("q", self.q)?[..],
            dP: &decode("dp", self.dp)?[..],
            dQ: &decode("dq", self.dq)?[..],
            qInv: &decode("qi", self.qi)?[..],
        };
        RsaKeyPair::from_components(&components)
            .map(KeyPair::Rsa)
            .map_err(|_| inconsistent())
    }

    fn ec(&self, curve: Curve) -> Result<KeyPair, KeyError> {
        let (d, x, y) = (decode("d", self.d)?, decode("x", self.x)?, decode("y", self.y)?);
        let point: Vec<u8> = [4].iter().chain(x.iter()).chain(y.iter()).copied().collect();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.signing(), &d, &point);
        pair.map(|pair| KeyPair::Ec(curve, pair)).map_err(|_| inconsistent())
    }

    fn ed25519(&self) -> Result<KeyPair, KeyError> {
        let (d, x) = (decode("d", self.d)?, decode("x", self.x)?);
        let pair = Ed25519KeyPair::from_seed_and_public_key(&d, &x);
        pair.map(KeyPair::Ed25519).map_err(|_| inconsistent())
    }
}

fn decode(name: &str, value: Option<&str>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let value = value.ok_or_else(|| malformed(format!("the JWK has no `{name}`; export the whole private key")))?;
    let value = value.trim_end_matches('=');
    let mut bytes = Zeroizing::new(vec![0; value.len()]);
    let decoded = URL_SAFE_NO_PAD.decode_slice(value, &mut bytes);
    let len = decoded.map_err(|_| malformed(format!("`{name}` of the JWK is not base64url")))?;
    bytes.truncate(len);
    Ok(bytes)
}

fn inconsistent() -> KeyError {
    malformed("the members of the JWK do not form a key; export it again")
}

fn malformed(problem: impl Into<String>) -> KeyError {
    KeyError::new(KeyErrorKind::Malformed, problem)
}

fn not_private(problem: &str) -> KeyError {
    KeyError::new(KeyErrorKind::NotPrivate, problem)
}
