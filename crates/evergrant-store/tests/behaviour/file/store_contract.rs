//! The contract of stores, and the files of the file store.

use std::time::{Duration, UNIX_EPOCH};

use evergrant::store::SwapOutcome;
use evergrant_store::secure_file::LockedFile;
use evergrant_testing::store::Conformance;

use super::support::{Folder, RECORD_TTL, key, load, open, swap};

#[tokio::test(flavor = "multi_thread")]
async fn the_conformance_suite_passes() {
    let folder = Folder::new();
    Conformance::new(async || open(&folder.path())).run().await.assert();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_conformance_suite_passes_with_encryption() {
    let folder = Folder::new();
    let keys = evergrant_store::KeyRing::new_key("2026-01").unwrap();
    Conformance::new(async || folder.encrypted_store(keys.expose()))
        .run()
        .await
        .assert();
}

#[tokio::test]
async fn a_record_is_replaced_only_if_it_is_the_expected_one() {
    let (folder, key) = (Folder::new(), key("client"));
    let [one, other] = [folder.store(), folder.store()];
    assert_eq!(load(&one, &key).await.unwrap(), None);
    assert!(!folder.path().exists(), "reading must not create the folder");
    assert_eq!(swap(&one, &key, None, Some("1")).await.unwrap(), SwapOutcome::Done);
    assert_eq!(
        swap(&other, &key, None, Some("2")).await.unwrap(),
        SwapOutcome::Conflict
    );
    assert_eq!(
        swap(&other, &key, Some("1"), Some("2")).await.unwrap(),
        SwapOutcome::Done
    );
    assert_eq!(load(&one, &key).await.unwrap().as_deref(), Some("2"));
    assert_eq!(one.keys().await.unwrap(), std::slice::from_ref(&key));
    assert_eq!(swap(&one, &key, Some("2"), None).await.unwrap(), SwapOutcome::Done);
    assert_eq!(load(&other, &key).await.unwrap(), None);
    assert!(one.keys().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_modification_time_is_the_expiry() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    let before = store.load(&key).await.unwrap().now;
    swap(&store, &key, None, Some("1")).await.unwrap();
    let after = store.load(&key).await.unwrap().now;
    let modified = folder.file(&key, "json").metadata().unwrap().modified().unwrap();
    let expiry = modified.duration_since(UNIX_EPOCH).unwrap();
    assert!(
        before + RECORD_TTL <= expiry && expiry <= after + RECORD_TTL,
        "{expiry:?}"
    );
}

#[tokio::test]
async fn a_damaged_record_can_be_read_and_replaced() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    std::fs::write(folder.file(&key, "json"), b"\xFFhalf a rec").unwrap();
    let damaged = load(&store, &key).await.unwrap().unwrap();
    assert_eq!(damaged, "\u{FFFD}half a rec");
    assert_eq!(
        swap(&store, &key, Some(&damaged), Some("2")).await.unwrap(),
        SwapOutcome::Done
    );
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("2"));
}

#[tokio::test]
async fn foreign_files_are_ignored() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    for name in ["README", "notes.json", "0123.json"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    assert_eq!(store.keys().await.unwrap(), [key]);
    assert_eq!(folder.names().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_removes_old_records() {
    let (folder, [old, new]) = (Folder::new(), ["old", "new"].map(key));
    let locked = LockedFile::open(&folder.file(&old, "json"), Duration::ZERO).unwrap();
    locked.replace().unwrap().modified(UNIX_EPOCH).commit(b"1").unwrap();
    drop(locked);
    assert_eq!(load(&folder.store(), &old).await.unwrap().as_deref(), Some("1"));

    swap(&folder.store(), &new, None, Some("2")).await.unwrap();
    while folder.file(&old, "json").exists() {
        tokio::task::yield_now().await;
    }
    assert_eq!(load(&folder.store(), &new).await.unwrap().as_deref(), Some("2"));
}
