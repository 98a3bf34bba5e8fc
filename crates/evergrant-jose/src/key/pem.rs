//! Private keys in PEM (RFC 7468): PKCS#8, PKCS#1 and SEC 1.

use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant::Secret;
use zeroize::Zeroizing;

use super::{Curve, KeyPair, PrivateKey};
use crate::der::Reader;
use crate::error::{KeyError, KeyErrorKind};

/// Minimum size of an RSA key (RFC 7518 section 3.3), in bits.
const MIN_RSA_BITS: usize = 2048;

const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A];
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2B, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2B, 0x81, 0x04, 0x00, 0x23];

pub(super) fn read(pem: &str) -> Result<PrivateKey, KeyError> {
    let (format, base64) = first_key(pem).ok_or_else(|| explain(pem))?;
    let der = decode(base64).ok_or_else(|| explain(pem))?;
    PrivateKey::new(match format {
        Format::Pkcs1 => rsa(&der, RsaKeyPair::from_der(&der).ok())?,
        Format::Sec1 => sec1(&der)?,
        Format::Pkcs8 => pkcs8(&der)?,
    })
}

/// The format of a private key, which the label of its section names.
#[derive(Clone, Copy)]
enum Format {
    Pkcs8,
    Pkcs1,
    Sec1,
}

/// Returns the base64 text of the first section with a private key.
fn first_key(pem: &str) -> Option<(Format, &str)> {
    let mut rest = pem;
    loop {
        let (label, after) = rest.split_once("-----BEGIN ")?.1.split_once("-----")?;
        let (base64, after) = after.split_once("-----END ")?;
        let (end, after) = after.split_once("-----")?;
        rest = after;
        let format = match label {
            "PRIVATE KEY" => Format::Pkcs8,
            "RSA PRIVATE KEY" => Format::Pkcs1,
            "EC PRIVATE KEY" => Format::Sec1,
            _ => continue,
        };
        return (end == label).then_some((format, base64));
    }
}

/// Decodes base64 with white space. No copy of the text or of the key stays in memory: the buffers do not grow, and are
/// zeroized. A PEM library keeps the text of each line.
fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut base64 = Zeroizing::new(Vec::with_capacity(text.len()));
    base64.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut der = Zeroizing::new(vec![0; base64.len()]);
    let len = STANDARD.decode_slice(&*base64, &mut der).ok()?;
    der.truncate(len);
    Some(der)
}

/// Writes PKCS#8 as PEM.
pub(super) fn write(der: &[u8]) -> Secret {
    let text = Zeroizing::new(STANDARD.encode(der));
    let mut pem = String::with_capacity(text.len() + text.len() / 64 + 64);
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    for start in (0..text.len()).step_by(64) {
        pem.push_str(&text[start..text.len().min(start + 64)]);
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    Secret::new(pem)
}

/// Explains why a text contains no private key.
fn explain(pem: &str) -> KeyError {
    let has = |label: &str| pem.contains(&format!("-----BEGIN {label}-----"));
    if has("ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED") {
        return encrypted();
    }
    if has("PUBLIC KEY") || has("RSA PUBLIC KEY") || has("CERTIFICATE") {
        return KeyError::new(
            KeyErrorKind::NotPrivate,
            "the file contains only a public key or a certificate; use the file with the private key",
        );
    }
    if has("OPENSSH PRIVATE KEY") {
        return KeyError::new(
            KeyErrorKind::Unsupported,
            "the key is in the format of OpenSSH; convert a copy with `ssh-keygen -p -m PKCS8 -f COPY`",
        );
    }
    let problem = match pem.contains("-----BEGIN") {
        true => "the PEM text is damaged or contains no private key; copy the whole file, with its BEGIN and END lines",
        false => {
            "the text is neither PEM nor a JWK; a file in DER is converted with \
             `openssl pkey -inform DER -in KEY -out key.pem`"
        }
    };
    KeyError::new(KeyErrorKind::Malformed, problem)
}

fn encrypted() -> KeyError {
    KeyError::new(
        KeyErrorKind::Encrypted,
        "the private key is encrypted with a password; decrypt it with `openssl pkey -in KEY -out key.pem`, and protect \
         the file by its mode (0600)",
    )
}

fn malformed(kind: &str) -> KeyError {
    let problem = format!("the {kind} key is damaged: its content is inconsistent; export it again");
    KeyError::new(KeyErrorKind::Malformed, problem)
}

fn unsupported(kind: &str) -> KeyError {
    let problem = format!("{kind} keys are not supported; use RSA, P-256, P-384, P-521 or Ed25519");
    KeyError::new(KeyErrorKind::Unsupported, problem)
}

/// Checks the size of an RSA key in PKCS#1, and that the library has read it.
fn rsa(pkcs1: &[u8], pair: Option<RsaKeyPair>) -> Result<KeyPair, KeyError> {
    let modulus = || {
        let mut key = Reader::whole(pkcs1)?.sequence()?;
        key.unsigned_integer()?;
        key.unsigned_integer()
    };
    let modulus = modulus().ok_or_else(|| malformed("RSA"))?;
    check_rsa_size(modulus)?;
    pair.map(KeyPair::Rsa).ok_or_else(|| malformed("RSA"))
}

/// Rejects an RSA key that is too small.
pub(super) fn check_rsa_size(modulus: &[u8]) -> Result<(), KeyError> {
    let zeros = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = modulus.len() * 8 - zeros;
    if bits >= MIN_RSA_BITS {
        return Ok(());
    }
    let problem = format!(
        "the RSA key has {bits} bits, but at least {MIN_RSA_BITS} are required (RFC 7518 section 3.3); generate a larger one"
    );
    Err(KeyError::new(KeyErrorKind::TooSmall, problem))
}

fn ec(curve: Option<&[u8]>, der: &[u8]) -> Result<KeyPair, KeyError> {
    let curve = match curve {
        Some(P256) => Curve::P256,
        Some(P384) => Curve::P384,
        Some(P521) => Curve::P521,
        Some(_) => {
            let problem = "the curve of the key is not supported; use P-256, P-384, P-521 or Ed25519";
            return Err(KeyError::new(KeyErrorKind::Unsupported, problem));
        }
        None => {
            let problem = "the key does not name its curve; convert it with `openssl pkey -in KEY -out key.pem`";
            return Err(KeyError::new(KeyErrorKind::Unsupported, problem));
        }
    };
    let pair = EcdsaKeyPair::from_private_key_der(curve.signing(), der);
    let pair = pair.map_err(|_| malformed(curve.name()))?;
    Ok(KeyPair::Ec(curve, pair))
}

/// Reads an `ECPrivateKey` (RFC 5915 section 3).
fn sec1(der: &[u8]) -> Result<KeyPair, KeyError> {
    let curve = || {
        let mut key = Reader::whole(der)?.sequence()?;
        key.unsigned_integer()?;
        key.octet_string()?;
        key.context(0)?.object_id()
    };
    ec(curve(), der)
}

/// Reads a `PrivateKeyInfo` (RFC 5958 section 2).
fn pkcs8(der: &[u8]) -> Result<KeyPair, KeyError> {
    let parts = || {
        let mut info = Reader::whole(der)?.sequence()?;
        info.unsigned_integer()?;
        let mut algorithm = info.sequence()?;
        Some((algorithm.object_id()?, algorithm.object_id(), info.octet_string()?))
    };
    let (kind, parameter, key) = parts().ok_or_else(|| malformed("private"))?;
    match kind {
        RSA => rsa(key, RsaKeyPair::from_pkcs8(der).ok()),
        EC => ec(parameter, der),
        ED25519 => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der);
            pair.map(KeyPair::Ed25519).map_err(|_| malformed("Ed25519"))
        }
        RSA_PSS => Err(unsupported("RSASSA-PSS")),
        _ => Err(unsupported("other than RSA, ECDSA and Ed25519")),
    }
}
