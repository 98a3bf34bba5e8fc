//! Cases about attacks on sealed stores that encryption must prevent.

use evergrant::store::{LeasedRecord, StoreKey};
use serde_json::{Value, json};

use crate::store::case_result::{CaseError, CaseResult, ensure};
use crate::store::fixture::{Fixture, is_sealed, renew_token, token};

const ACCESS: &str = "not-a-real-access-token-that-could-be-found";
const REFRESH: &str = "not-a-real-refresh-token-that-could-be-found";

pub(super) async fn a_sealed_token_is_unreadable_in_the_engine(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    save_sealed(&fixture, &key).await?;
    let text = fixture.text(&key).await?.unwrap_or_default();
    for secret in [ACCESS, REFRESH] {
        ensure!(!text.contains(secret), "the record contains the plain token");
    }
    let first = sealed_text(&fixture, &key).await?;
    renew_token(&fixture.process(1, &key), &secret_token()).await?;
    let second = sealed_text(&fixture, &key).await?;
    // After the key's name, two encryptions of one token agree only by chance.
    let same = first.bytes().zip(second.bytes()).map(|(a, b)| a == b);
    let same: Vec<bool> = same.skip(first.find('.').unwrap_or_default() + 1).collect();
    let longest = same.split(|same| !same).map(<[bool]>::len).max().unwrap_or_default();
    ensure!(
        longest < 16,
        "two encryptions of one token agree in {longest} consecutive characters: a nonce is reused"
    );
    assert_opens(&fixture.process(2, &key)).await
}

pub(super) async fn a_sealed_token_opens_only_under_its_own_key(fixture: Fixture) -> CaseResult {
    let keys = ["a", "b"].map(|name| fixture.key(name));
    for key in &keys {
        save_sealed(&fixture, key).await?;
    }
    let records = [fixture.json(&keys[0]).await?, fixture.json(&keys[1]).await?];
    for (number, key) in keys.iter().enumerate() {
        // The complete record of the other key, except for the key itself.
        let mut moved = records[1 - number].clone();
        moved["key"] = json!(key.to_string());
        put(&fixture, key, &moved).await?;
        assert_miss(&fixture.process(number, key), "moved from the record of another key").await?;
        let mut body = records[number].clone();
        body["token"]["sealed"] = records[1 - number]["token"]["sealed"].clone();
        put(&fixture, key, &body).await?;
        assert_miss(&fixture.process(number, key), "of another record").await?;
        put(&fixture, key, &records[number]).await?;
        assert_opens(&fixture.process(number, key)).await?;
    }
    Ok(())
}

pub(super) async fn a_modified_sealed_token_is_a_miss(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    save_sealed(&fixture, &key).await?;
    let old = fixture.json(&key).await?;
    save_sealed(&fixture, &key).await?;
    let record = fixture.json(&key).await?;
    let process = fixture.process(1, &key);
    for name in ["generation", "issued", "expires"] {
        let mut changed = record.clone();
        changed["token"][name] = json!(number(&record["token"][name])? + 1);
        put(&fixture, &key, &changed).await?;
        assert_miss(&process, &format!("with another `{name}`")).await?;
    }
    let mut endless = record.clone();
    if let Some(token) = endless["token"].as_object_mut() {
        token.remove("expires");
    }
    let mut older = record.clone();
    older["token"]["sealed"] = old["token"]["sealed"].clone();
    for (changed, how) in [(endless, "without its expiry"), (older, "of an older generation")] {
        put(&fixture, &key, &changed).await?;
        assert_miss(&process, how).await?;
    }
    let text = record["token"]["sealed"].as_str().unwrap_or_default();
    for position in [0, text.len() / 3, text.len() / 2, text.len() - 1] {
        let mut changed = record.clone();
        changed["token"]["sealed"] = json!(replace_letter(text, position));
        put(&fixture, &key, &changed).await?;
        assert_miss(&process, "with a changed letter").await?;
    }
    put(&fixture, &key, &record).await?;
    assert_opens(&process).await?;
    let mut changed = record.clone();
    changed["token"]["sealed"] = json!("");
    put(&fixture, &key, &changed).await?;
    assert_miss(&process, "that is empty").await?;
    renew_token(&process, &secret_token()).await?;
    assert_opens(&process).await
}

/// Changes to flags and to all other members outside the token are detected, and the whole record is ignored.
pub(super) async fn a_modified_sealed_record_is_a_miss(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    save_sealed(&fixture, &key).await?;
    let process = fixture.process(1, &key);
    let live = fixture.json(&key).await?;
    assert_opens(&process).await?;
    if let Some(stored) = process.load().await? {
        process.reject(stored.generation).await?;
    }
    let rejected = fixture.json(&key).await?;
    let later = json!((1_u64 << 53) - 2);
    let failure = json!({ "at": 1, "pause": 1, "pause_without_token": 1, "count": 1, "message": "a" });
    let changes = [
        ("/token/rejected", json!(false)),
        ("/token/unproven", json!(true)),
        ("/token/renewable", json!(false)),
        ("/fence", later.clone()),
        ("/revision", later.clone()),
        ("/lease", json!({ "owner": "somebody", "until": later, "term": 3000 })),
        ("/failure", failure),
        ("/refusals", json!({ "until": later, "streak": 1 })),
        ("/added", json!("by another program")),
        // The tag of an earlier record, no tag, and a tag of an unknown key.
        ("/~tag", live["~tag"].clone()),
        ("/~tag", json!("")),
        ("/~tag", json!("unknown.AAAA")),
        ("/~tag", Value::Null),
    ];
    for (pointer, value) in changes {
        let mut changed = rejected.clone();
        let (part, name) = match pointer.trim_start_matches('/').split_once('/') {
            Some((part, name)) => (&mut changed[part], name),
            None => (&mut changed, &pointer[1..]),
        };
        part[name] = value;
        put(&fixture, &key, &changed).await?;
        for number in [1, 2] {
            assert_miss(
                &fixture.process(number, &key),
                &format!("in a record with another `{pointer}`"),
            )
            .await?;
        }
    }
    // That process has seen no valid record, so its numbers start from the time.
    for _ in 0..3 {
        fixture.wait_for_tick(&key).await?;
    }
    renew_token(&fixture.process(2, &key), &secret_token()).await?;
    assert_opens(&process).await
}

pub(super) async fn a_plain_token_is_a_miss_in_a_sealed_store(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    save_sealed(&fixture, &key).await?;
    let mut record = fixture.json(&key).await?;
    if let Some(token) = record["token"].as_object_mut() {
        token.remove("sealed");
    }
    record["token"]["plain"] = json!(secret_token().expose_json());
    put(&fixture, &key, &record).await?;
    assert_miss(&fixture.process(1, &key), "that is not encrypted").await
}

/// Saves a token. Skips the case if the token is not sealed.
async fn save_sealed(fixture: &Fixture, key: &StoreKey) -> CaseResult {
    let process = fixture.process(0, key);
    renew_token(&process, &secret_token()).await?;
    if !is_sealed(&process).await? {
        return Err(CaseError::Skipped("the store is not encrypted".to_owned()));
    }
    Ok(())
}

async fn sealed_text(fixture: &Fixture, key: &StoreKey) -> CaseResult<String> {
    let record = fixture.json(key).await?;
    Ok(record["token"]["sealed"].as_str().unwrap_or_default().to_owned())
}

fn secret_token() -> evergrant::Token {
    token(ACCESS).with_refresh_token(REFRESH)
}

async fn assert_miss(process: &LeasedRecord, how: &str) -> CaseResult {
    ensure!(process.load().await?.is_none(), "a sealed token {how} is accepted");
    Ok(())
}

async fn assert_opens(process: &LeasedRecord) -> CaseResult {
    let found = process.load().await?;
    ensure!(
        found.is_some_and(|found| found.token.access_token().expose() == ACCESS),
        "a valid sealed token is not accepted"
    );
    Ok(())
}

fn number(value: &Value) -> CaseResult<u64> {
    value
        .as_u64()
        .ok_or_else(|| CaseError::Failed("a member of the record is not a number".to_owned()))
}

/// Replaces the record. A `~tag` member is written last, as the format requires.
async fn put(fixture: &Fixture, key: &StoreKey, record: &Value) -> CaseResult {
    let mut record = record.clone();
    let tag = record.as_object_mut().and_then(|members| members.remove("~tag"));
    let mut text = record.to_string();
    if let Some(tag @ Value::String(_)) = tag {
        text.truncate(text.len() - 1);
        text.push_str(&format!(",\"~tag\":{tag}}}"));
    }
    fixture.put(key, &text).await
}

/// Replaces one letter by a distant one, because the last letter of a base64 text may encode unused bits.
fn replace_letter(text: &str, position: usize) -> String {
    text.chars()
        .enumerate()
        .map(|(index, letter)| match letter {
            _ if index != position => letter,
            'A'..='M' | 'a'..='m' | '0'..='4' => 'Z',
            _ => 'B',
        })
        .collect()
}
