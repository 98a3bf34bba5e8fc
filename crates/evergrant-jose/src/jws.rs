//! Compact JSON Web Signatures (RFC 7515 section 7.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant::{Error, Secret};
use serde::Serialize;

use crate::signer::Signer;

/// The protected header. Members that are `None` are omitted.
#[derive(Default, Serialize)]
pub(crate) struct Header<'a> {
    pub(crate) alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) x5t: Option<&'a str>,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub(crate) x5t_s256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) x5c: Option<&'a [String]>,
}

/// Writes header and payload, the input of the signature (RFC 7515 section 5.1).
pub(crate) fn signing_input(header: &impl Serialize, payload: &impl Serialize) -> Result<String, Error> {
    let part = |json: serde_json::Result<Vec<u8>>| Ok(URL_SAFE_NO_PAD.encode(json.map_err(Error::client_auth)?));
    let header: String = part(serde_json::to_vec(header))?;
    let payload: String = part(serde_json::to_vec(payload))?;
    Ok(format!("{header}.{payload}"))
}

/// Signs the input, and returns the whole token.
pub(crate) async fn sign(input: String, signer: &dyn Signer) -> Result<Secret, Error> {
    let signature = signer.sign(input.as_bytes()).await?;
    let algorithm = signer.algorithm();
    match algorithm.signature_len() {
        Some(len) if len != signature.len() => Err(Error::client_auth(format!(
            "the signer returned {} bytes, but an {algorithm} signature has {len}; convert one in DER with \
             Algorithm::signature_from_der",
            signature.len()
        ))),
        _ => Ok(token(&input, &signature)),
    }
}

/// Appends the signature.
pub(crate) fn token(input: &str, signature: &[u8]) -> Secret {
    // One allocation, so that no copy of the token stays in memory.
    let mut token = String::with_capacity(input.len() + 1 + signature.len().div_ceil(3) * 4);
    token.push_str(input);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Secret::new(token)
}
