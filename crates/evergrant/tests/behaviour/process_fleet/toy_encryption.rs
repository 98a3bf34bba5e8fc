//! A toy encryption for tests.

use std::sync::Arc;

use evergrant::store::{Seal, SealError, SharedStore, TokenStore};
use evergrant::{Secret, TokenManager};
use sha2::{Digest as _, Sha256};

use super::support::Fixture;

/// A toy key ring. Clones share the key.
#[derive(Debug, Clone)]
pub(crate) struct Keys(Arc<str>);

const TAG: usize = 64;

impl Keys {
    pub(crate) fn new() -> Self {
        Self::with_name("one")
    }

    pub(crate) fn with_name(name: &str) -> Self {
        Self(name.into())
    }

    /// Seals the store if keys are provided.
    pub(crate) fn protect(keys: Option<&Self>, store: impl TokenStore) -> SharedStore {
        match keys {
            Some(keys) => SharedStore::new(store).with_seal(keys.clone()),
            None => SharedStore::new(store),
        }
    }

    fn tag(&self, identity: &[u8], body: &[u8]) -> String {
        let key = Sha256::digest(self.0.as_bytes());
        hex(&Sha256::new_with_prefix(key)
            .chain_update((identity.len() as u64).to_be_bytes())
            .chain_update(identity)
            .chain_update(body)
            .finalize())
    }
}

impl Seal for Keys {
    async fn seal(&self, identity: &[u8], text: &Secret) -> Result<String, SealError> {
        let body: Vec<u8> = text.expose().bytes().map(|byte| !byte).collect();
        Ok(format!("{}.{}{}", self.0, self.tag(identity, &body), hex(&body)))
    }

    async fn open(&self, identity: &[u8], sealed: &str) -> Result<Secret, SealError> {
        let (name, rest) = sealed.split_once('.').ok_or(SealError::NotAuthentic)?;
        if name != &*self.0 {
            let name = name.to_owned();
            return Err(SealError::UnknownKey { name });
        }
        let (tag, body) = rest.split_at_checked(TAG).ok_or(SealError::NotAuthentic)?;
        let body: Option<Vec<u8>> = (0..body.len() / 2)
            .map(|at| u8::from_str_radix(body.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        let body = body.ok_or(SealError::NotAuthentic)?;
        if tag != self.tag(identity, &body) {
            return Err(SealError::NotAuthentic);
        }
        let text = String::from_utf8(body.into_iter().map(|byte| !byte).collect());
        text.map(Secret::from).map_err(|_| SealError::NotAuthentic)
    }
}

/// Creates a process of the fixture, with encryption if keys are provided.
pub(crate) fn process_with_keys(fixture: &Fixture, keys: Option<&Keys>) -> TokenManager {
    fixture.build(fixture.builder().store(Keys::protect(keys, fixture.store.clone())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
