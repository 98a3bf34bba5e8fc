//! Records on disk, encrypted and not: moved, changed, and read with other keys.

use std::fs;
use std::path::Path;
use std::time::Duration;

use evergrant::Token;
use evergrant::store::{LeaseOutcome, Ledger, SaveOutcome, SharedStore, StoreKey};
use evergrant_store::{KeyRing, store};
use evergrant_testing::LogCapture;
use serde_json::Value;

use crate::support::{Folder, key};

const A: &str = "a:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
const B: &str = "b:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";
const SECRET: &str = "not-a-real-token";

/// What is done to a token on disk.
type Change<'a> = &'a dyn Fn(&mut Value);

#[tokio::test]
async fn an_encrypted_token_is_not_on_disk_and_opens_in_another_process() {
    let (folder, key) = (Folder::new(), key("client"));
    save(&folder.sealed_store(A), &key, SECRET).await;
    let text = fs::read_to_string(folder.file(&key, "json")).unwrap();
    assert!(!text.contains(SECRET) && text.contains("\"a."), "{text}");
    assert_eq!(token(&folder.sealed_store(A), &key).await.as_deref(), Some(SECRET));

    let plain = Folder::new();
    save(&plain.store(), &key, SECRET).await;
    assert!(fs::read_to_string(plain.file(&key, "json")).unwrap().contains(SECRET));
}

#[tokio::test]
async fn files_that_were_swapped_are_a_miss_and_a_warning() {
    for keys in [None, Some(A)] {
        let folder = Folder::new();
        let store = keys.map_or_else(|| folder.store(), |keys| folder.sealed_store(keys));
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
async fn tokens_that_were_swapped_within_their_records_are_a_miss_and_a_warning() {
    let folder = Folder::new();
    let store = folder.sealed_store(A);
    let [one, two] = ["one", "two"].map(key);
    save(&store, &one, SECRET).await;
    save(&store, &two, "another-token").await;
    let [first, second] = [&one, &two].map(|key| folder.file(key, "json"));
    let [own, other] = [&first, &second].map(|path| read(path)["token"].clone());
    change(&first, |record| record["token"] = other);
    change(&second, |record| record["token"] = own);
    for key in [&one, &two] {
        assert_missed(&store, key, "sealed for another entry").await;
    }
}

#[tokio::test]
async fn whatever_was_changed_is_a_miss_and_a_warning() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.sealed_store(A);
    let path = folder.file(&key, "json");
    let further = |value: &mut Value| *value = (value.as_u64().unwrap() + 1).into();
    let sealed =
        |value: &mut Value, change: fn(String) -> String| *value = change(value.as_str().unwrap().to_owned()).into();
    let changes: [(&str, Change); 6] = [
        ("another entry", &|token| further(&mut token["expires"])),
        ("another entry", &|token| further(&mut token["issued"])),
        ("another entry", &|token| further(&mut token["generation"])),
        ("another entry", &|token| {
            sealed(&mut token["sealed"], |text| text.replacen("a.", "a.A", 1))
        }),
        ("another entry", &|token| {
            sealed(&mut token["sealed"], |text| text[..text.len() - 4].to_owned())
        }),
        ("no key `c`", &|token| {
            sealed(&mut token["sealed"], |text| text.replacen("a.", "c.", 1))
        }),
    ];
    for (told, tamper) in changes {
        save(&store, &key, SECRET).await;
        change(&path, |record| tamper(&mut record["token"]));
        assert_missed(&store, &key, told).await;
    }
}

#[tokio::test]
async fn a_plain_token_is_a_miss_where_encryption_is_asked_for_and_the_other_way_round() {
    let (folder, key) = (Folder::new(), key("client"));
    save(&folder.store(), &key, SECRET).await;
    assert_missed(&folder.sealed_store(A), &key, "it is not encrypted").await;
    save(&folder.sealed_store(A), &key, SECRET).await;
    assert_missed(&folder.store(), &key, "there are no keys").await;
}

#[tokio::test]
async fn keys_are_rotated_without_a_miss() {
    let (folder, key) = (Folder::new(), key("client"));
    let rings = [A.to_owned(), format!("{A} {B}"), format!("{B} {A}"), B.to_owned()];
    for (at, ring) in rings.iter().enumerate() {
        // Whoever is a step behind or ahead reads what this one writes.
        let token_of_step = format!("{SECRET}-{at}");
        save(&folder.sealed_store(ring), &key, &token_of_step).await;
        for reader in &rings[at.saturating_sub(1)..rings.len().min(at + 2)] {
            let opened = token(&folder.sealed_store(reader), &key).await;
            assert_eq!(opened.as_ref(), Some(&token_of_step), "step {at}");
        }
    }
    assert_missed(&folder.sealed_store(A), &key, "no key `b`").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_file_is_read_again_for_a_name_that_is_not_in_it() {
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
    save(&folder.sealed_store(B), &key, "another-token").await;
    assert_eq!(token(&reader, &key).await.as_deref(), Some("another-token"));

    let link = keys.with_extension("link");
    std::os::unix::fs::symlink(&keys, &link).unwrap();
    let error = KeyRing::from_file(&link).unwrap_err().to_string();
    assert!(error.contains("not a plain file") && !error.contains("QUFB"), "{error}");
}

#[test]
fn keys_that_are_not_there_are_named_by_where_they_should_be() {
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
    let ledger = Ledger::new(store.clone(), key.clone());
    let LeaseOutcome::Acquired(lease) = ledger.acquire(Duration::from_secs(60)).await.unwrap() else {
        panic!("nobody else has the lease");
    };
    let token = Token::new(text).with_expires_in(Duration::from_secs(3600));
    let saved = ledger.save(&lease, &token).await.unwrap();
    assert!(matches!(saved, SaveOutcome::Saved(_)));
}

async fn token(store: &SharedStore, key: &StoreKey) -> Option<String> {
    let stored = Ledger::new(store.clone(), key.clone()).load().await.unwrap();
    stored.map(|stored| stored.token.access_token().expose().to_owned())
}

async fn assert_missed(store: &SharedStore, key: &StoreKey, told: &str) {
    let logs = LogCapture::new();
    let guard = logs.install();
    assert_eq!(token(store, key).await, None);
    drop(guard);
    let warnings = logs.named("evergrant.store_entry_refused");
    assert_eq!(warnings.len(), 1, "{:?}", logs.records());
    assert_eq!(warnings[0].level, "WARN");
    let problem = &warnings[0].fields["problem"];
    assert!(problem.contains(told), "{problem}");
    assert!(!logs.mention(SECRET) && !logs.mention("another-token"));
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn change(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut record = read(path);
    change(&mut record);
    fs::write(path, record.to_string()).unwrap();
}
