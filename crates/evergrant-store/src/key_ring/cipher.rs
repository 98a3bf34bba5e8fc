//! Encryption with one key: XChaCha20-Poly1305 with a random nonce.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut as _, KeyInit as _, Tag, XChaCha20Poly1305, XNonce};
use evergrant::Secret;
use evergrant::store::SealError;
use zeroize::Zeroizing;

use super::keys::{Key, is_name};

const NONCE: usize = 24;
const TAG: usize = 16;

/// Encrypts `text`. Returns `name.base64url(nonce, ciphertext, tag)`.
pub(super) fn seal(key: &Key, identity: &[u8], text: &Secret) -> Result<String, SealError> {
    let text = text.expose().as_bytes();
    let mut bytes = Vec::with_capacity(NONCE + text.len() + TAG);
    bytes.resize(NONCE, 0);
    getrandom::fill(&mut bytes).map_err(|error| SealError::KeysUnavailable(error.into()))?;
    bytes.extend_from_slice(text);
    let (nonce, body) = bytes.split_at_mut(NONCE);
    let nonce = XNonce::try_from(&*nonce).map_err(|_| SealError::NotAuthentic)?;
    // Fails only for texts of 256 GiB or more.
    let tag = cipher(key)
        .encrypt_inout_detached(&nonce, identity, InOutBuf::from(body))
        .map_err(|error| SealError::KeysUnavailable(error.to_string().into()))?;
    bytes.extend_from_slice(&tag);
    let mut sealed = format!("{}.", key.name);
    URL_SAFE_NO_PAD.encode_string(bytes, &mut sealed);
    Ok(sealed)
}

/// Splits an encrypted text into the name of its key and the rest.
pub(super) fn split(sealed: &str) -> Result<(&str, &str), SealError> {
    let parts = sealed.split_once('.').filter(|(name, _)| is_name(name));
    parts.ok_or(SealError::NotAuthentic)
}

/// Decrypts a text that was encrypted with this key for this identity.
pub(super) fn open(key: &Key, identity: &[u8], body: &str) -> Result<Secret, SealError> {
    let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| SealError::NotAuthentic)?;
    let (nonce, rest) = bytes.split_at_checked(NONCE).ok_or(SealError::NotAuthentic)?;
    let at = rest.len().checked_sub(TAG).ok_or(SealError::NotAuthentic)?;
    let (body, tag) = rest.split_at(at);
    let nonce = XNonce::try_from(nonce).map_err(|_| SealError::NotAuthentic)?;
    let tag = Tag::try_from(tag).map_err(|_| SealError::NotAuthentic)?;
    let mut text = Zeroizing::new(body.to_vec());
    cipher(key)
        .decrypt_inout_detached(&nonce, identity, InOutBuf::from(text.as_mut_slice()), &tag)
        .map_err(|_| SealError::NotAuthentic)?;
    let text = String::from_utf8(std::mem::take(&mut *text)).map_err(|_| SealError::NotAuthentic)?;
    Ok(Secret::new(text))
}

/// Creates the cipher from a reference: a copy of the key would stay in memory.
fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&*key.bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_ring::keys::Keys;

    fn keys() -> Keys {
        Keys::parse("a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
    }

    #[test]
    fn a_sealed_text_opens_only_for_its_identity() {
        let keys = keys();
        let sealed = seal(keys.first(), b"one", &"not-a-real-token".into()).unwrap();
        let (name, body) = split(&sealed).unwrap();
        assert_eq!(name, "a");
        assert!(
            sealed
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        );
        assert_eq!(open(keys.first(), b"one", body).unwrap().expose(), "not-a-real-token");
        assert!(matches!(open(keys.first(), b"two", body), Err(SealError::NotAuthentic)));
    }

    #[test]
    fn nonces_differ() {
        let keys = keys();
        let sealed = || seal(keys.first(), b"one", &"not-a-real-token".into()).unwrap();
        assert_ne!(sealed()[..34], sealed()[..34]);
    }

    #[test]
    fn changed_or_truncated_texts_do_not_open() {
        let keys = keys();
        let sealed = seal(keys.first(), b"one", &"not-a-real-token".into()).unwrap();
        let body = split(&sealed).unwrap().1;
        for length in 0..body.len() {
            assert!(open(keys.first(), b"one", &body[..length]).is_err(), "{length}");
        }
        let bytes = URL_SAFE_NO_PAD.decode(body).unwrap();
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            let opened = open(keys.first(), b"one", &URL_SAFE_NO_PAD.encode(bytes));
            assert!(matches!(opened, Err(SealError::NotAuthentic)), "{at}");
        }
        for sealed in ["", ".", "a", ".a", "with space.a", "\u{e9}.a"] {
            assert!(split(sealed).is_err(), "{sealed}");
        }
        assert!(open(keys.first(), b"one", "no base64!").is_err());
    }

    /// The test vector of draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_test_vector_of_the_draft_opens() {
        let key = Keys::parse("a:gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=").unwrap();
        let identity = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let body = "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXvW0XnT6D1DuVdleUk8DpOVcqFwAlK_rMvtKQLCE5bLtzHH8bC0qmRAvzqC9O2n45rmTG\
             cIxUwhbLlrcuEhO0Ui-Mm6QNtdlFsRtpuYLBu54_P6wrw2lIj3ayODVl0__5IflmTJdjfal2iBL2FcaLE7UuwIdZJMHHmHlH3q_Y\
             eArPSQ";
        let opened = open(key.first(), &identity, body).unwrap();
        assert_eq!(
            opened.expose(),
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        );
    }
}
