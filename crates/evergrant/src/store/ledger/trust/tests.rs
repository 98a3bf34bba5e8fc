//! What is believed where there are keys, and what writers of several versions keep of each other's.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::runtime::BoxFuture;
use crate::store::{LeaseOutcome, MemoryStore, Seal, SharedStore, StoreKey, Swap};

/// Authenticates by repeating what it was given: enough for those who do not forge.
#[derive(Debug)]
struct Repeating(&'static str);

impl Seal for Repeating {
    async fn seal(&self, identity: &[u8], text: &Secret) -> Result<String, SealError> {
        let identity: String = identity.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = text.expose().bytes().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("{}.{identity}.{text}", self.0))
    }

    async fn open(&self, identity: &[u8], sealed: &str) -> Result<Secret, SealError> {
        let name = sealed.split('.').next().unwrap_or_default();
        if name != self.0 {
            let name = name.to_owned();
            return Err(SealError::NoKey { name });
        }
        let whole = Seal::seal(self, identity, &Secret::from("")).await?;
        let text = sealed.strip_prefix(&whole).ok_or(SealError::NotAuthentic)?;
        let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        let text: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
        let text = text.and_then(|text| String::from_utf8(text).ok());
        text.map(Secret::from).ok_or(SealError::NotAuthentic)
    }
}

/// Quotation marks would end the tag.
#[derive(Debug)]
struct Quoting;

impl Seal for Quoting {
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

fn ledger(engine: &MemoryStore, key_name: &'static str) -> Ledger {
    Ledger::new(SharedStore::new(engine.clone()).sealed(Repeating(key_name)), key())
}

fn run(test: impl Future<Output = ()> + Send + 'static) {
    let test: BoxFuture<'static, ()> = Box::pin(test);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(test);
}

async fn text(engine: &MemoryStore) -> String {
    let loaded = SharedStore::new(engine.clone()).load(&key()).await;
    let record = loaded.expect("the store in memory answers").record;
    record.expect("there is a record").expose().to_owned()
}

async fn put(engine: &MemoryStore, text: &str) {
    let store = SharedStore::new(engine.clone());
    let loaded = store.load(&key()).await.expect("the store in memory answers");
    let swap = Swap::new(loaded.record, Some(text.into()), Duration::from_secs(60));
    let swapped = store.swap(&key(), swap).await;
    swapped.expect("the store in memory answers");
}

const TERM: Duration = Duration::from_secs(60);

#[test]
fn what_a_newer_version_with_the_keys_has_added_survives() {
    run(async {
        let engine = MemoryStore::new();
        let newer = ledger(&engine, "a");
        let page = newer.page().await.unwrap();
        let mut record = page.record.clone();
        record
            .others
            .insert("added".to_owned(), json!({ "since": "version 9" }));
        assert!(newer.write(&page, &record, false).await.unwrap());
        let LeaseOutcome::Acquired(lease) = ledger(&engine, "a").acquire(TERM).await.unwrap() else {
            panic!("nobody has the lease");
        };
        ledger(&engine, "a").release(&lease).await.unwrap();
        let record: Value = serde_json::from_str(&text(&engine).await).unwrap();
        assert_eq!(record["added"]["since"], "version 9");
        assert_eq!(newer.page().await.unwrap().record.others.len(), 1);
    });
}

#[test]
fn each_letter_of_a_record_is_authenticated() {
    run(async {
        let engine = MemoryStore::new();
        let ours = ledger(&engine, "a");
        ours.acquire(TERM).await.unwrap();
        let whole = text(&engine).await;
        assert!(ours.page().await.unwrap().record.lease.is_some());
        let name = whole.find(r#""a."#).unwrap() + 1;
        for (at, letter) in whole.char_indices() {
            let other = if letter == '0' { "1" } else { "0" };
            let changed = [&whole[..at], other, &whole[at + 1..]].concat();
            put(&engine, &changed).await;
            // Of a record whose tag names another key, the lease is believed.
            let names_another_key = at == name || at == name + 1;
            let seen = ours.page().await.map(|page| page.record.lease.is_some());
            assert!(
                matches!(seen, Ok(believed) if believed == names_another_key) || seen.is_err(),
                "{changed}"
            );
        }
        for changed in [format!(" {whole}"), format!("{whole} "), whole.replace(':', ": ")] {
            put(&engine, &changed).await;
            assert!(ours.page().await.unwrap().record.lease.is_none(), "{changed}");
        }
        put(&engine, &whole).await;
        assert!(ours.page().await.unwrap().record.lease.is_some());
    });
}

#[test]
fn a_record_with_another_key_is_not_made_our_own() {
    run(async {
        let engine = MemoryStore::new();
        let others = ledger(&engine, "b");
        let LeaseOutcome::Acquired(lease) = others.acquire(TERM).await.unwrap() else {
            panic!("nobody has the lease");
        };
        let ours = ledger(&engine, "a");
        assert!(matches!(ours.acquire(TERM).await.unwrap(), LeaseOutcome::Held { .. }));
        let token = crate::Token::new("not-a-real-token").with_expires_in(TERM);
        others.save(&lease, &token).await.unwrap();
        assert!(matches!(ours.acquire(TERM).await.unwrap(), LeaseOutcome::Acquired(_)));
        // Neither the token nor its flags have our word now.
        let record: Value = serde_json::from_str(&text(&engine).await).unwrap();
        assert!(record["token"].is_null(), "{record}");
    });
}

#[test]
fn a_process_reads_no_record_back_that_it_knew_to_be_older_before_it_read() {
    run(async {
        let engine = MemoryStore::new();
        let ours = ledger(&engine, "a");
        let (first, second) = (ours.page().await.unwrap(), ours.page().await.unwrap());
        assert!(ours.write(&first, &first.record, false).await.unwrap());
        let old = text(&engine).await;
        // Somebody else of this process was faster.
        assert!(!ours.write(&second, &second.record, false).await.unwrap());
        let page = ours.page().await.unwrap();
        assert!(ours.write(&page, &page.record, false).await.unwrap());
        put(&engine, &old).await;
        let copied = ours.page().await.unwrap().record;
        assert!(copied.revision > page.record.revision && copied.client.is_none());
        // A clone of the store is the same process, and its tags are the same.
        assert!(ours.clone().page().await.unwrap().record.revision == copied.revision);
    });
}

#[test]
fn a_tag_that_cannot_be_written_is_an_error() {
    run(async {
        let ledger = Ledger::new(SharedStore::new(MemoryStore::new()).sealed(Quoting), key());
        let error = ledger.acquire(TERM).await.unwrap_err();
        assert!(error.to_string().contains("quotation marks"), "{error}");
    });
}

#[test]
fn a_token_that_makes_the_record_too_long_is_not_shared() {
    run(async {
        let engine = MemoryStore::new();
        let ledger = Ledger::new(engine.clone(), key());
        let LeaseOutcome::Acquired(lease) = ledger.acquire(TERM).await.unwrap() else {
            panic!("nobody has the lease");
        };
        let long = crate::Token::new("a".repeat(crate::store::MAX_RECORD_SIZE)).with_expires_in(TERM);
        let error = ledger.save(&lease, &long).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unusable);
        assert!(error.to_string().contains("more than 1048576 bytes"), "{error}");
        ledger.release(&lease).await.unwrap();
        assert!(ledger.load().await.unwrap().is_none());
    });
}
