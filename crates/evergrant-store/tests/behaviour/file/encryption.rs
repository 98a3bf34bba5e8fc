//! Encrypted and unencrypted records on disk that are moved, changed, or read with other keys.

use std::fs;
use std::path::Path;
use std::time::Duration;

use evergrant::Token;
use evergrant::store::{LeaseOutcome, LeasedRecord, SaveOutcome, SharedStore, StoreKey};
use evergrant_store::{KeyRing, store};
use evergrant_testing::LogCapture;
use serde_json::Value;

use super::support::{Folder, key};

const A: &str = "a:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
const B: &str = "b:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";
const SECRET: &str = "not-a-real-token";

/// A change of a token on disk.
type Change<'a> = &'a dyn Fn(&mut Value);

#[tokio::test]
async fn tokens_on_disk_are_encrypted() {
    let (folder, key) = (Folder::new(), key("client"));
    save(&folder.encrypted_store(A), &key, SECRET).await;
    let text = fs::read_to_string(folder.file(&key, "json")).unwrap();
    assert!(!text.contains(SECRET) && text.contains("\"a."), "{text}");
    assert_eq!(token(&folder.encrypted_store(A), &key).await.as_deref(), Some(SECRET));

    let plain = Folder::new();
    save(&plain.store(), &key, SECRET).await;
    assert!(fs::read_to_string(plain.file(&key, "json")).unwrap().contains(SECRET));
}

#[tokio::test]
async fn exchanged_files_are_a_miss_with_a_warning() {
    for keys in [None, Some(A)] {
        let folder = Folder::new();
        let store = keys.map_or_else(|| folder.store(), |keys| folder.encrypted_store(keys));
        let [one, two] = ["one", "two"].map(key);
        save(&store, &one, SECRET).await;
        save(&store, &two, "another-token").await;
        let [first, second] = [&one, &two].map(|key| folder.file(key, "json"));
        let between = first.with_extension("between");
        fs::rename(&first, &between).unwrap();
        fs::rename(&second, &first).unwrap();
        fs::rename(&between, &second).unwrap();
        for key in [&one, &two] {
            assert_missed(&store, key, "written for another key").await;
        }
    }
}

#[tokio::test]
async fn exchanged_tokens_are_a_miss_with_a_warning() {
    let folder = Folder::new();
    let store = folder.encrypted_store(A);
    let [one, two] = ["one", "two"].map(key);
    save(&store, &one, SECRET).await;
    save(&store, &two, "another-token").await;
    let [first, second] = [&one, &two].map(|key| folder.file(key, "json"));
    let [own, other] = [&first, &second].map(|path| read(path)["token"].clone());
    change(&first, |record| record["token"] = other);
    change(&second, |record| record["token"] = own);
    for key in [&one, &two] {
        assert_missed(&store, key, "encrypted for another record").await;
    }
}

#[tokio::test]
async fn changed_tokens_are_a_miss_with_a_warning() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.encrypted_store(A);
    let path = folder.file(&key, "json");
    let increment = |value: &mut Value| *value = (value.as_u64().unwrap() + 1).into();
    let sealed =
        |value: &mut Value, change: fn(String) -> String| *value = change(value.as_str().unwrap().to_owned()).into();
    let changes: [(&str, Change); 6] = [
        ("another record", &|token| increment(&mut token["expires"])),
        ("another record", &|token| increment(&mut token["issued"])),
        ("another record", &|token| increment(&mut token["generation"])),
        ("another record", &|token| {
            sealed(&mut token["sealed"], |text| text.replacen("a.", "a.A", 1))
        }),
        ("another record", &|token| {
            sealed(&mut token["sealed"], |text| text[..text.len() - 4].to_owned())
        }),
        ("no key `c`", &|token| {
            sealed(&mut token["sealed"], |text| text.replacen("a.", "c.", 1))
        }),
    ];
    for (expected, tamper) in changes {
        save(&store, &key, SECRET).await;
        change(&path, |record| tamper(&mut record["token"]));
        assert_missed(&store, &key, expected).await;
    }
}

#[tokio::test]
async fn unencrypted_tokens_are_a_miss_for_an_encrypting_store_and_vice_versa() {
    let (folder, key) = (Folder::new(), key("client"));
    save(&folder.store(), &key, SECRET).await;
    assert_missed(&folder.encrypted_store(A), &key, "it is not encrypted").await;
    save(&folder.encrypted_store(A), &key, SECRET).await;
    assert_missed(&folder.store(), &key, "this process has no keys").await;
}

#[tokio::test]
async fn keys_are_rotated_without_a_miss() {
    let (folder, key) = (Folder::new(), key("client"));
    let rings = [A.to_owned(), format!("{A} {B}"), format!("{B} {A}"), B.to_owned()];
    for (at, ring) in rings.iter().enumerate() {
        // Processes that are one step behind or ahead can decrypt the token.
        let token_of_step = format!("{SECRET}-{at}");
        save(&folder.encrypted_store(ring), &key, &token_of_step).await;
        for reader in &rings[at.saturating_sub(1)..rings.len().min(at + 2)] {
            let opened = token(&folder.encrypted_store(reader), &key).await;
            assert_eq!(opened.as_ref(), Some(&token_of_step), "step {at}");
        }
    }
    assert_missed(&folder.encrypted_store(A), &key, "no key `b`").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_file_is_read_again_for_an_unknown_name() {
    use std::os::unix::fs::PermissionsExt as _;

    let (folder, key) = (Folder::new(), key("client"));
    let keys = folder.path().with_extension("keys");
    fs::write(&keys, A).unwrap();
    let error = KeyRing::from_file(&keys).unwrap_err().to_string();
    assert!(error.contains("can be read by others"), "{error}");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();

    let ring = KeyRing::from_file(&keys).unwrap();
    let url = format!("file:{}", folder.path().display());
    let reader = store(&url).encryption(ring).build().unwrap();
    save(&reader, &key, SECRET).await;
    fs::write(&keys, format!("{B} {A}")).unwrap();
    save(&folder.encrypted_store(B), &key, "another-token").await;
    assert_eq!(token(&reader, &key).await.as_deref(), Some("another-token"));

    let link = keys.with_extension("link");
    std::os::unix::fs::symlink(&keys, &link).unwrap();
    let error = KeyRing::from_file(&link).unwrap_err().to_string();
    assert!(
        error.contains("not a regular file") && !error.contains("QUFB"),
        "{error}"
    );
}

#[test]
fn missing_keys_are_reported_with_their_origin() {
    let error = KeyRing::from_env("EVERGRANT_TEST_NO_SUCH_KEYS")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("EVERGRANT_TEST_NO_SUCH_KEYS") && error.contains("not set"),
        "{error}"
    );
    let error = KeyRing::from_file("/no/such/keys").unwrap_err().to_string();
    assert!(
        error.contains("/no/such/keys") && error.contains("no such file"),
        "{error}"
    );
}

async fn save(store: &SharedStore, key: &StoreKey, text: &str) {
    let leased_record = LeasedRecord::new(store.clone(), key.clone());
    let LeaseOutcome::Acquired(lease) = leased_record.acquire(Duration::from_secs(60)).await.unwrap() else {
        panic!("the lease is free");
    };
    let token = Token::new(text).with_expires_in(Duration::from_secs(3600));
    let saved = leased_record.save(&lease, &token).await.unwrap();
    assert!(matches!(saved, SaveOutcome::Saved(_)));
}

async fn token(store: &SharedStore, key: &StoreKey) -> Option<String> {
    let stored = LeasedRecord::new(store.clone(), key.clone()).load().await.unwrap();
    stored.map(|stored| stored.token.access_token().expose().to_owned())
}

async fn assert_missed(store: &SharedStore, key: &StoreKey, expected: &str) {
    let logs = LogCapture::new();
    let guard = logs.install();
    assert_eq!(token(store, key).await, None);
    drop(guard);
    let warnings = logs.by_name("evergrant.store_record_ignored");
    assert_eq!(warnings.len(), 1, "{:?}", logs.records());
    assert_eq!(warnings[0].level, "WARN");
    let problem = &warnings[0].fields["problem"];
    assert!(problem.contains(expected), "{problem}");
    assert!(!logs.contains(SECRET) && !logs.contains("another-token"));
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn change(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut record = read(path);
    change(&mut record);
    fs::write(path, record.to_string()).unwrap();
}
