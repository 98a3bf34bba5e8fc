//! Authentication of records, and interoperability of several versions.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::runtime::BoxFuture;
use crate::store::record::SharedToken;
use crate::store::{LeaseOutcome, MemoryStore, Seal, SharedStore, StoreKey, Swap};
use crate::token_generation::StoreGeneration;

/// A seal that repeats its input: sufficient against changes without forgery.
#[derive(Debug)]
struct EchoSeal(&'static str);

impl Seal for EchoSeal {
    async fn seal(&self, identity: &[u8], text: &Secret) -> Result<String, SealError> {
        let identity: String = identity.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = text.expose().bytes().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("{}.{identity}.{text}", self.0))
    }

    async fn open(&self, identity: &[u8], sealed: &str) -> Result<Secret, SealError> {
        let name = sealed.split('.').next().unwrap_or_default();
        if name != self.0 {
            let name = name.to_owned();
            return Err(SealError::UnknownKey { name });
        }
        let whole = Seal::seal(self, identity, &Secret::from("")).await?;
        let text = sealed.strip_prefix(&whole).ok_or(SealError::NotAuthentic)?;
        let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        let text: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
        let text = text.and_then(|text| String::from_utf8(text).ok());
        text.map(Secret::from).ok_or(SealError::NotAuthentic)
    }
}

/// A seal whose output contains a quotation mark, which would end the tag.
#[derive(Debug)]
struct QuoteSeal;

impl Seal for QuoteSeal {
    async fn seal(&self, _: &[u8], _: &Secret) -> Result<String, SealError> {
        Ok("a\"b".to_owned())
    }

    async fn open(&self, _: &[u8], _: &str) -> Result<Secret, SealError> {
        Err(SealError::NotAuthentic)
    }
}

fn key() -> StoreKey {
    StoreKey::builder("https://auth.example.com/token", "client-id").build()
}

fn leased_record(engine: &MemoryStore, key_name: &'static str) -> LeasedRecord {
    LeasedRecord::new(SharedStore::new(engine.clone()).with_seal(EchoSeal(key_name)), key())
}

fn run(test: impl Future<Output = ()> + Send + 'static) {
    let test: BoxFuture<'static, ()> = Box::pin(test);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(test);
}

async fn text(engine: &MemoryStore) -> String {
    let loaded = SharedStore::new(engine.clone()).load(&key()).await;
    let record = loaded.expect("the memory store does not fail").record;
    record.expect("there is a record").expose().to_owned()
}

async fn put(engine: &MemoryStore, text: &str) {
    let store = SharedStore::new(engine.clone());
    let loaded = store.load(&key()).await.expect("the memory store does not fail");
    let swap = Swap::new(loaded.record, Some(text.into()), Duration::from_secs(60));
    let swapped = store.swap(&key(), swap).await;
    swapped.expect("the memory store does not fail");
}

const TERM: Duration = Duration::from_secs(60);

#[test]
fn unknown_members_of_a_newer_version_survive_a_write() {
    run(async {
        let engine = MemoryStore::new();
        let newer = leased_record(&engine, "a");
        let snapshot = newer.snapshot().await.unwrap();
        let mut record = snapshot.record.clone();
        record
            .others
            .insert("added".to_owned(), json!({ "since": "version 9" }));
        assert!(newer.write(&snapshot, &record, false).await.unwrap());
        let LeaseOutcome::Acquired(lease) = leased_record(&engine, "a").acquire(TERM).await.unwrap() else {
            panic!("no process holds the lease");
        };
        leased_record(&engine, "a").release(&lease).await.unwrap();
        let record: Value = serde_json::from_str(&text(&engine).await).unwrap();
        assert_eq!(record["added"]["since"], "version 9");
        assert_eq!(newer.snapshot().await.unwrap().record.others.len(), 1);
    });
}

#[test]
fn each_character_of_a_record_is_authenticated() {
    run(async {
        let engine = MemoryStore::new();
        let ours = leased_record(&engine, "a");
        ours.acquire(TERM).await.unwrap();
        let whole = text(&engine).await;
        assert!(ours.snapshot().await.unwrap().record.lease.is_some());
        let name = whole.find(r#""a."#).unwrap() + 1;
        for (at, letter) in whole.char_indices() {
            let other = if letter == '0' { "1" } else { "0" };
            let changed = [&whole[..at], other, &whole[at + 1..]].concat();
            put(&engine, &changed).await;
            // If the tag names another key, only the lease is trusted.
            let names_another_key = at == name || at == name + 1;
            let seen = ours.snapshot().await.map(|snapshot| snapshot.record.lease.is_some());
            assert!(
                matches!(seen, Ok(believed) if believed == names_another_key) || seen.is_err(),
                "{changed}"
            );
        }
        for changed in [format!(" {whole}"), format!("{whole} "), whole.replace(':', ": ")] {
            put(&engine, &changed).await;
            assert!(ours.snapshot().await.unwrap().record.lease.is_none(), "{changed}");
        }
        put(&engine, &whole).await;
        assert!(ours.snapshot().await.unwrap().record.lease.is_some());
    });
}

#[test]
fn a_record_of_another_key_is_not_signed_by_us() {
    run(async {
        let engine = MemoryStore::new();
        let others = leased_record(&engine, "b");
        let LeaseOutcome::Acquired(lease) = others.acquire(TERM).await.unwrap() else {
            panic!("no process holds the lease");
        };
        let ours = leased_record(&engine, "a");
        assert!(matches!(ours.acquire(TERM).await.unwrap(), LeaseOutcome::Held { .. }));
        let token = crate::Token::new("not-a-real-token").with_expires_in(TERM);
        others.save(&lease, &token).await.unwrap();
        assert!(matches!(ours.acquire(TERM).await.unwrap(), LeaseOutcome::Acquired(_)));
        // Neither the token nor its flags are authenticated by our key.
        let record: Value = serde_json::from_str(&text(&engine).await).unwrap();
        assert!(record["token"].is_null(), "{record}");
    });
}

#[test]
fn an_older_record_is_not_trusted_after_a_newer_one_was_seen() {
    run(async {
        let engine = MemoryStore::new();
        let ours = leased_record(&engine, "a");
        let (first, second) = (ours.snapshot().await.unwrap(), ours.snapshot().await.unwrap());
        assert!(ours.write(&first, &first.record, false).await.unwrap());
        let old = text(&engine).await;
        // Another task of this process was faster.
        assert!(!ours.write(&second, &second.record, false).await.unwrap());
        let snapshot = ours.snapshot().await.unwrap();
        assert!(ours.write(&snapshot, &snapshot.record, false).await.unwrap());
        put(&engine, &old).await;
        let copied = ours.snapshot().await.unwrap().record;
        assert!(copied.revision > snapshot.record.revision && copied.client.is_none());
        // A clone of the store belongs to the same process, with the same marks.
        assert!(ours.clone().snapshot().await.unwrap().record.revision == copied.revision);
    });
}

#[test]
fn a_tag_that_cannot_be_written_is_an_error() {
    run(async {
        let leased_record = LeasedRecord::new(SharedStore::new(MemoryStore::new()).with_seal(QuoteSeal), key());
        let error = leased_record.acquire(TERM).await.unwrap_err();
        assert!(error.to_string().contains("quotation marks"), "{error}");
    });
}

#[test]
fn a_token_that_makes_the_record_too_long_is_not_shared() {
    run(async {
        let engine = MemoryStore::new();
        let leased_record = LeasedRecord::new(engine.clone(), key());
        let LeaseOutcome::Acquired(lease) = leased_record.acquire(TERM).await.unwrap() else {
            panic!("no process holds the lease");
        };
        let long = crate::Token::new("a".repeat(crate::store::MAX_RECORD_SIZE)).with_expires_in(TERM);
        let error = leased_record.save(&lease, &long).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unusable);
        assert!(error.to_string().contains("more than 1048576 bytes"), "{error}");
        leased_record.release(&lease).await.unwrap();
        assert!(leased_record.load().await.unwrap().is_none());
    });
}

#[test]
fn an_invalid_tag_is_explained_by_the_missing_key_of_its_token() {
    run(async {
        let ours = leased_record(&MemoryStore::new(), "a");
        for (sealed, expected) in [
            (Some("b.00"), "contains no key `b`"),
            (Some("a.00"), "was changed"),
            (None, "was changed"),
        ] {
            let token = sealed.map(|sealed| SharedToken {
                generation: StoreGeneration(1),
                issued: Duration::ZERO,
                expires: None,
                rejected: false,
                unproven: false,
                renewable: false,
                body: Body::Sealed(sealed.to_owned()),
            });
            let record = Record {
                token,
                ..Record::default()
            };
            let explained = ours.explain_mismatch(ours.store.seal().unwrap(), &record).await;
            assert!(explained.contains(expected), "{explained}");
        }
    });
}
