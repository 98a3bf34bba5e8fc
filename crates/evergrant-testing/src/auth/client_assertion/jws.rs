//! A compact JSON Web Signature (RFC 7515), read strictly.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::jwk::Jwk;

/// A JWT whose signature is not verified yet.
pub(in crate::auth) struct Jws<'a> {
    pub(in crate::auth) header: Value,
    pub(in crate::auth) payload: Value,
    algorithm: String,
    message: &'a [u8],
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    pub(in crate::auth) fn parse(text: &'a str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let json = |part: &str| -> Option<Value> {
            let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
            value.is_object().then_some(value)
        };
        let header = json(header)?;
        if header.get("crit").is_some() || header.get("b64").is_some() {
            return None;
        }
        Some(Self {
            algorithm: header.get("alg")?.as_str()?.to_owned(),
            payload: json(payload)?,
            header,
            message: message.as_bytes(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// Verifies the signature with one of the keys that the header allows.
    pub(in crate::auth) fn verify(&self, keys: &[Jwk]) -> Result<(), &'static str> {
        let names = ["kid", "x5t", "x5t#S256"];
        let sent: Vec<_> = names
            .map(|name| (name, self.header.get(name).and_then(Value::as_str)))
            .into();
        let mut named = keys.iter().filter(|key| key.has_names(&sent)).peekable();
        if named.peek().is_none() {
            return Err("no key has this kid");
        }
        match named.any(|key| key.verifies(&self.algorithm, self.message, &self.signature)) {
            true => Ok(()),
            false => Err("the signature is wrong"),
        }
    }

    /// Verifies the signature with one of the client's secrets.
    pub(super) fn verify_with_secrets(&self, secrets: &[String]) -> Result<(), &'static str> {
        let algorithm = match self.algorithm.as_str() {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            _ => return Err("alg is not that of a secret"),
        };
        let is_valid = |secret: &String| {
            let key = hmac::Key::new(algorithm, secret.as_bytes());
            hmac::verify(&key, self.message, &self.signature).is_ok()
        };
        match secrets.iter().any(is_valid) {
            true => Ok(()),
            false => Err("the signature is wrong"),
        }
    }
}
