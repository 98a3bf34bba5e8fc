//! What encryption is to prevent, tried on stores that are sealed.

use evergrant::store::{Ledger, StoreKey};
use serde_json::{Value, json};

use crate::store::verdict::{Stop, Verdict, ensure};
use crate::store::world::{World, renew_token, token};

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
        world.put_json(key, &moved).await?;
        missed(&world.member(number, key), "moved from another key's record").await?;
        let mut body = records[number].clone();
        body["token"]["sealed"] = records[1 - number]["token"]["sealed"].clone();
        world.put_json(key, &body).await?;
        missed(&world.member(number, key), "that is another record's").await?;
        world.put_json(key, &records[number]).await?;
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
        world.put_json(&key, &changed).await?;
        missed(&member, &format!("with another `{name}`")).await?;
    }
    let mut endless = record.clone();
    if let Some(token) = endless["token"].as_object_mut() {
        token.remove("expires");
    }
    let mut older = record.clone();
    older["token"]["sealed"] = old["token"]["sealed"].clone();
    for (changed, how) in [(endless, "without its expiry"), (older, "of an older generation")] {
        world.put_json(&key, &changed).await?;
        missed(&member, how).await?;
    }
    let text = record["token"]["sealed"].as_str().unwrap_or_default();
    for position in [0, text.len() / 3, text.len() / 2, text.len() - 1] {
        let mut changed = record.clone();
        changed["token"]["sealed"] = json!(with_another_letter(text, position));
        world.put_json(&key, &changed).await?;
        missed(&member, "with another letter").await?;
    }
    world.put_json(&key, &record).await?;
    found(&member).await?;
    let mut changed = record.clone();
    changed["token"]["sealed"] = json!("");
    world.put_json(&key, &changed).await?;
    missed(&member, "that is empty").await?;
    renew_token(&member, &secret_token()).await?;
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
    world.put_json(&key, &record).await?;
    missed(&world.member(1, &key), "that is not encrypted").await
}

/// Saves a token; the case is skipped if it is not sealed.
async fn sealed(world: &World, key: &StoreKey) -> Verdict {
    let member = world.member(0, key);
    renew_token(&member, &secret_token()).await?;
    let summary = member.summary().await?;
    let key_name = summary
        .and_then(|summary| summary.token)
        .and_then(|token| token.key_name);
    if key_name.is_none() {
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
