//! A toy encryption for tests, with an optional flaw.

use std::hash::{BuildHasher as _, RandomState};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use evergrant::Secret;
use evergrant::store::{Seal, SealError};
use sha2::{Digest as _, Sha256};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    NoEncryption,
    OneNonce,
    NoIdentity,
    NoTag,
}

#[derive(Debug)]
pub(super) struct ToySeal(Option<Flaw>);

const NAME: &str = "toy.";
const NONCE: usize = 8;
const TAG: usize = 32;

impl ToySeal {
    pub(super) fn new(flaw: Option<Flaw>) -> Self {
        Self(flaw)
    }

    fn tag(&self, nonce: &[u8], identity: &[u8], body: &[u8]) -> [u8; TAG] {
        let mut hash = Sha256::new_with_prefix(nonce);
        if self.0 != Some(Flaw::NoIdentity) {
            hash.update(identity);
        }
        hash.update(body);
        hash.finalize().into()
    }

    /// Encrypts or decrypts.
    fn mask(&self, nonce: &[u8], text: &[u8]) -> Vec<u8> {
        if self.0 == Some(Flaw::NoEncryption) {
            return text.to_vec();
        }
        let stream = (0_u64..).flat_map(|block| {
            let hash = Sha256::new_with_prefix(nonce).chain_update(block.to_be_bytes());
            <[u8; 32]>::from(hash.finalize())
        });
        text.iter().zip(stream).map(|(byte, mask)| byte ^ mask).collect()
    }
}

impl Seal for ToySeal {
    async fn seal(&self, identity: &[u8], text: &Secret) -> Result<String, SealError> {
        if self.0 == Some(Flaw::NoEncryption) {
            return Ok(format!("{NAME}{}", text.expose()));
        }
        let nonce = match self.0 {
            Some(Flaw::OneNonce) => [0; NONCE],
            _ => RandomState::new().hash_one(0_u8).to_be_bytes(),
        };
        let body = self.mask(&nonce, text.expose().as_bytes());
        let tag = self.tag(&nonce, identity, &body);
        Ok(format!(
            "{NAME}{}",
            STANDARD_NO_PAD.encode([&nonce[..], &tag, &body].concat())
        ))
    }

    async fn open(&self, identity: &[u8], sealed: &str) -> Result<Secret, SealError> {
        let text = sealed
            .strip_prefix(NAME)
            .ok_or(SealError::UnknownKey { name: "?".to_owned() })?;
        if self.0 == Some(Flaw::NoEncryption) {
            return Ok(text.into());
        }
        let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| SealError::NotAuthentic)?;
        let (nonce, rest) = bytes.split_at_checked(NONCE).ok_or(SealError::NotAuthentic)?;
        let (tag, body) = rest.split_at_checked(TAG).ok_or(SealError::NotAuthentic)?;
        if self.0 != Some(Flaw::NoTag) && tag != self.tag(nonce, identity, body) {
            return Err(SealError::NotAuthentic);
        }
        let text = String::from_utf8(self.mask(nonce, body)).map_err(|_| SealError::NotAuthentic)?;
        Ok(text.into())
    }
}
