//! A folder for each test, and stores in this folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evergrant::Secret;
use evergrant::store::{SharedStore, StoreError, StoreKey, Swap, SwapOutcome};
use evergrant_store::{KeyRing, store};
pub(crate) use store_faults::store_helpers::load;
use tempfile::TempDir;

/// Long enough for any test.
pub(crate) const RECORD_TTL: Duration = Duration::from_secs(3600);

/// The path of a folder that a store creates.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("tokens")
    }

    pub(crate) fn file(&self, key: &StoreKey, extension: &str) -> PathBuf {
        self.path().join(format!("{key}.{extension}"))
    }

    pub(crate) fn store(&self) -> SharedStore {
        open(&self.path())
    }

    pub(crate) fn encrypted_store(&self, keys: &str) -> SharedStore {
        let keys = KeyRing::parse(keys).unwrap();
        store(&url(&self.path())).encryption(keys).build().unwrap()
    }

    /// Returns the sorted names of all files.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

pub(crate) fn open(folder: &Path) -> SharedStore {
    store(&url(folder)).build().unwrap()
}

fn url(folder: &Path) -> String {
    format!("file:{}", folder.display())
}

pub(crate) fn key(client_id: &str) -> StoreKey {
    StoreKey::builder("https://auth.example.com/token", client_id).build()
}

pub(crate) async fn swap(
    store: &SharedStore,
    key: &StoreKey,
    expected: Option<&str>,
    record: Option<&str>,
) -> Result<SwapOutcome, StoreError> {
    let [expected, record] = [expected, record].map(|text| text.map(Secret::from));
    store.swap(key, Swap::new(expected, record, RECORD_TTL)).await
}
