//! What encryption is to prevent, tried on stores that are sealed.

use evergrant::store::{Ledger, StoreKey};
use serde_json::{Value, json};

use crate::store::verdict::{Stop, Verdict, ensure};
use crate::store::world::{World, is_sealed, renew_token, token};

const ACCESS: &str = "not-a-real-access-token-that-could-be-found";
const REFRESH: &str = "not-a-real-refresh-token-that-could-be-found";

pub(super) async fn a_sealed_token_cannot_be_read_in_the_engine(world: World) -> Verdict {
    let key = world.key("a");
    sealed(&world, &key).await?;
    let text = world.text(&key).await?.unwrap_or_default();
    for secret in [ACCESS, REFRESH] {
        ensure!(!text.contains(secret), "the record shows the token as it is");
    }
    let first = sealed_text(&world, &key).await?;
    renew_token(&world.member(1, &key), &secret_token()).await?;
    let second = sealed_text(&world, &key).await?;
    // Beyond the key's name, two encryptions of one token have no more in common than chance has it.
    let same = first.bytes().zip(second.bytes()).map(|(a, b)| a == b);
    let same: Vec<bool> = same.skip(first.find('.').unwrap_or_default() + 1).collect();
    let longest = same.split(|same| !same).map(<[bool]>::len).max().unwrap_or_default();
    ensure!(
        longest < 16,
        "the same token encrypted twice gives {longest} equal characters in a row: a nonce is used again"
    );
    found(&world.member(2, &key)).await
}

pub(super) async fn a_sealed_token_opens_under_its_own_key_alone(world: World) -> Verdict {
    let keys = ["a", "b"].map(|name| world.key(name));
    for key in &keys {
        sealed(&world, key).await?;
    }
    let records = [world.json(&keys[0]).await?, world.json(&keys[1]).await?];
    for (number, key) in keys.iter().enumerate() {
        // All of the other's record, but for the name of the key.
        let mut moved = records[1 - number].clone();
        moved["key"] = json!(key.to_string());
        put(&world, key, &moved).await?;
        missed(&world.member(number, key), "moved from another key's record").await?;
        let mut body = records[number].clone();
        body["token"]["sealed"] = records[1 - number]["token"]["sealed"].clone();
        put(&world, key, &body).await?;
        missed(&world.member(number, key), "that is another record's").await?;
        put(&world, key, &records[number]).await?;
        found(&world.member(number, key)).await?;
    }
    Ok(())
}

pub(super) async fn a_sealed_token_that_was_changed_is_a_miss(world: World) -> Verdict {
    let key = world.key("a");
    sealed(&world, &key).await?;
    let old = world.json(&key).await?;
    sealed(&world, &key).await?;
    let record = world.json(&key).await?;
    let member = world.member(1, &key);
    for name in ["generation", "issued", "expires"] {
        let mut changed = record.clone();
        changed["token"][name] = json!(number(&record["token"][name])? + 1);
        put(&world, &key, &changed).await?;
        missed(&member, &format!("with another `{name}`")).await?;
    }
    let mut endless = record.clone();
    if let Some(token) = endless["token"].as_object_mut() {
        token.remove("expires");
    }
    let mut older = record.clone();
    older["token"]["sealed"] = old["token"]["sealed"].clone();
    for (changed, how) in [(endless, "without its expiry"), (older, "of an older generation")] {
        put(&world, &key, &changed).await?;
        missed(&member, how).await?;
    }
    let text = record["token"]["sealed"].as_str().unwrap_or_default();
    for position in [0, text.len() / 3, text.len() / 2, text.len() - 1] {
        let mut changed = record.clone();
        changed["token"]["sealed"] = json!(with_another_letter(text, position));
        put(&world, &key, &changed).await?;
        missed(&member, "with another letter").await?;
    }
    put(&world, &key, &record).await?;
    found(&member).await?;
    let mut changed = record.clone();
    changed["token"]["sealed"] = json!("");
    put(&world, &key, &changed).await?;
    missed(&member, "that is empty").await?;
    renew_token(&member, &secret_token()).await?;
    found(&member).await
}

/// Not by its flags, nor by anything else that is said beside the token; and of what was changed, nothing is believed.
pub(super) async fn what_a_sealed_record_says_cannot_be_changed(world: World) -> Verdict {
    let key = world.key("a");
    sealed(&world, &key).await?;
    let member = world.member(1, &key);
    let live = world.json(&key).await?;
    found(&member).await?;
    if let Some(stored) = member.load().await? {
        member.reject(stored.generation).await?;
    }
    let rejected = world.json(&key).await?;
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
        ("/added", json!("by somebody")),
        // Of an earlier record, of no record, and of a key that nobody has.
        ("/~tag", live["~tag"].clone()),
        ("/~tag", json!("")),
        ("/~tag", json!("unknown.AAAA")),
        ("/~tag", Value::Null),
    ];
    for (place, value) in changes {
        let mut changed = rejected.clone();
        let (part, name) = match place.trim_start_matches('/').split_once('/') {
            Some((part, name)) => (&mut changed[part], name),
            None => (&mut changed, &place[1..]),
        };
        part[name] = value;
        put(&world, &key, &changed).await?;
        for number in [1, 2] {
            missed(
                &world.member(number, &key),
                &format!("in a record with another `{place}`"),
            )
            .await?;
        }
    }
    // What that member has seen of the record is nothing, so that its numbers begin with the time.
    for _ in 0..3 {
        world.moment(&key).await?;
    }
    renew_token(&world.member(2, &key), &secret_token()).await?;
    found(&member).await
}

pub(super) async fn a_token_that_is_not_sealed_is_a_miss_in_a_sealed_store(world: World) -> Verdict {
    let key = world.key("a");
    sealed(&world, &key).await?;
    let mut record = world.json(&key).await?;
    if let Some(token) = record["token"].as_object_mut() {
        token.remove("sealed");
    }
    record["token"]["plain"] = json!(secret_token().expose_json());
    put(&world, &key, &record).await?;
    missed(&world.member(1, &key), "that is not encrypted").await
}

/// Saves a token; the case is skipped if it is not sealed.
async fn sealed(world: &World, key: &StoreKey) -> Verdict {
    let member = world.member(0, key);
    renew_token(&member, &secret_token()).await?;
    if !is_sealed(&member).await? {
        return Err(Stop::Skipped("the store is not encrypted".to_owned()));
    }
    Ok(())
}

async fn sealed_text(world: &World, key: &StoreKey) -> Verdict<String> {
    let record = world.json(key).await?;
    Ok(record["token"]["sealed"].as_str().unwrap_or_default().to_owned())
}

fn secret_token() -> evergrant::Token {
    token(ACCESS).with_refresh_token(REFRESH)
}

async fn missed(member: &Ledger, how: &str) -> Verdict {
    ensure!(member.load().await?.is_none(), "a sealed token {how} opens");
    Ok(())
}

async fn found(member: &Ledger) -> Verdict {
    let found = member.load().await?;
    ensure!(
        found.is_some_and(|found| found.token.access_token().expose() == ACCESS),
        "a sealed token does not open"
    );
    Ok(())
}

fn number(value: &Value) -> Verdict<u64> {
    value
        .as_u64()
        .ok_or_else(|| Stop::Failed("the record has no such number".to_owned()))
}

/// Has this be the record, with its tag where tags are.
async fn put(world: &World, key: &StoreKey, record: &Value) -> Verdict {
    let mut record = record.clone();
    let tag = record.as_object_mut().and_then(|members| members.remove("~tag"));
    let mut text = record.to_string();
    if let Some(tag @ Value::String(_)) = tag {
        text.truncate(text.len() - 1);
        text.push_str(&format!(",\"~tag\":{tag}}}"));
    }
    world.put(key, &text).await
}

/// The last letter of a base64 text may stand for bits that nobody reads, so a letter is replaced by one far from it.
fn with_another_letter(text: &str, position: usize) -> String {
    text.chars()
        .enumerate()
        .map(|(index, letter)| match letter {
            _ if index != position => letter,
            'A'..='M' | 'a'..='m' | '0'..='4' => 'Z',
            _ => 'B',
        })
        .collect()
}
