//! An encryption that is good enough for a test.

use std::sync::Arc;

use evergrant::store::{Seal, SealError, SharedStore, TokenStore};
use evergrant::{Secret, TokenManager};
use sha2::{Digest as _, Sha256};

use crate::support::World;

/// Cloning shares the key.
#[derive(Debug, Clone)]
pub(crate) struct Keys(Arc<str>);

const TAG: usize = 64;

impl Keys {
    pub(crate) fn new() -> Self {
        Self::named("one")
    }

    pub(crate) fn named(name: &str) -> Self {
        Self(name.into())
    }

    /// A store with these keys, or without.
    pub(crate) fn on(keys: Option<&Self>, store: impl TokenStore) -> SharedStore {
        match keys {
            Some(keys) => SharedStore::new(store).sealed(keys.clone()),
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
            return Err(SealError::NoKey { name });
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

/// A process of the world's, with keys or without.
pub(crate) fn process(world: &World, keys: Option<&Keys>) -> TokenManager {
    world.build(world.builder().store(Keys::on(keys, world.store.clone())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
