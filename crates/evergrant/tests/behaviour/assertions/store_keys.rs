//! Store keys of grants with assertions: a record is shared only where everything that binds it is equal.

use std::collections::HashSet;

use evergrant::assertion::AssertionFile;
use evergrant::store::{MemoryStore, StoreKey};
use evergrant::{BuildError, JwtBearer, TokenExchange, TokenManager, TokenTypeIdentifier};
use evergrant_reqwest::Transport;

use super::{ASSERTION, JWT, fixture, issued};
use crate::support::{CLIENT, Fixture, SECRET, value};

fn exchange(fixture: &Fixture, store: &MemoryStore, grant: TokenExchange, audience: &str) -> TokenManager {
    let builder = fixture.configured(grant.builder(CLIENT, SECRET)).audience(audience);
    builder.store(store.clone()).build(Transport::default()).unwrap()
}

#[test]
fn the_key_differs_by_subject_actor_targets_and_types() {
    let fixture = fixture();
    let store = MemoryStore::new();
    let key = |grant: TokenExchange, audience: &str| exchange(&fixture, &store, grant, audience).store_key().cloned();
    let base = || {
        TokenExchange::new(ASSERTION, JWT)
            .actor("actor", JWT)
            .requested_token_type(JWT)
    };
    let file = || AssertionFile::new("/token");
    let keys = [
        key(base(), "orders"),
        key(base(), "billing"),
        key(
            TokenExchange::new("other", JWT)
                .actor("actor", JWT)
                .requested_token_type(JWT),
            "orders",
        ),
        key(
            TokenExchange::new(ASSERTION, "urn:other")
                .actor("actor", JWT)
                .requested_token_type(JWT),
            "orders",
        ),
        key(TokenExchange::new(ASSERTION, JWT).requested_token_type(JWT), "orders"),
        key(base().actor("other", JWT), "orders"),
        key(base().actor("actor", "urn:other"), "orders"),
        key(base().requested_token_type(TokenTypeIdentifier::AccessToken), "orders"),
        key(TokenExchange::new(ASSERTION, JWT).actor("actor", JWT), "orders"),
        key(TokenExchange::new(file(), JWT).subject_id("jane"), "orders"),
        key(TokenExchange::new(file(), JWT).subject_id("john"), "orders"),
        // The roles of two parties are not exchangeable.
        key(
            TokenExchange::new(file(), JWT)
                .subject_id("jane")
                .actor(file(), JWT)
                .actor_id("john"),
            "orders",
        ),
        key(
            TokenExchange::new(file(), JWT)
                .subject_id("john")
                .actor(file(), JWT)
                .actor_id("jane"),
            "orders",
        ),
    ];
    let different: HashSet<String> = keys.iter().map(|key| key.as_ref().unwrap().to_string()).collect();
    assert_eq!(different.len(), keys.len());
    assert_eq!(key(base(), "orders"), keys[0]);
}

#[test]
fn a_key_contains_a_hash_of_the_subject_token_and_not_the_token() {
    let fixture = fixture();
    let builder = fixture.configured(JwtBearer::new(ASSERTION).builder(CLIENT, SECRET));
    let tokens = builder.store(MemoryStore::new()).build(Transport::default()).unwrap();
    // SHA-256 of the assertion, computed by another program.
    let hash = "sha256:6eb3128451510a874c2a9fc97e8176927e96c0edb438a8938eecaa5023e0cb7b";
    let key = |subject: &str| {
        let builder = StoreKey::builder(fixture.auth.token_url(), CLIENT);
        builder.grant("JWT bearer", Some(subject)).build()
    };
    assert_ne!(tokens.store_key(), Some(&key(ASSERTION)));
    assert_eq!(tokens.store_key(), Some(&key(hash)));
}

#[tokio::test]
async fn equal_managers_share_a_token_and_subjects_do_not() {
    let fixture = fixture();
    let store = MemoryStore::new();
    let grant = |assertion: &str| TokenExchange::new(assertion, JWT);
    let first = exchange(&fixture, &store, grant(ASSERTION), "orders")
        .token()
        .await
        .unwrap();
    let same = exchange(&fixture, &store, grant(ASSERTION), "orders")
        .token()
        .await
        .unwrap();
    assert_eq!(value(&first), value(&same));
    assert_eq!(fixture.requests(), 1);
    let other = exchange(&fixture, &store, grant("not.a.real.assertion.of.john"), "orders");
    let other = other.token().await.unwrap();
    assert_eq!(issued(&fixture, &other).subject.as_deref(), Some("john"));
}

#[tokio::test]
async fn processes_share_the_tokens_of_each_subject() {
    let fixture = fixture();
    let store = MemoryStore::new();
    let process = || {
        let grant = TokenExchange::for_each_subject(JWT);
        let builder = fixture.configured(grant.builder(CLIENT, SECRET)).store(store.clone());
        builder.build_for_subjects(Transport::default()).unwrap()
    };
    let (one, two) = (process(), process());
    for (assertion, subject) in [(ASSERTION, "jane"), ("not.a.real.assertion.of.john", "john")] {
        for process in [&one, &two] {
            let token = process.for_subject(assertion).unwrap().token().await.unwrap();
            assert_eq!(issued(&fixture, &token).subject.as_deref(), Some(subject));
        }
    }
    assert_eq!(fixture.requests(), 2);
}

/// The same path is another identity in another pod.
#[test]
fn a_source_whose_subject_is_unknown_needs_an_id_to_share_tokens() {
    let fixture = fixture();
    let file = || AssertionFile::new("/var/run/secrets/token");
    let bearer = fixture.configured(JwtBearer::new(file()).builder(CLIENT, SECRET));
    let subject = fixture.configured(TokenExchange::new(file(), JWT).builder(CLIENT, SECRET));
    let actor = TokenExchange::new(ASSERTION, JWT).actor(file(), JWT);
    let actor = fixture.configured(actor.builder(CLIENT, SECRET));
    for (error, remedy) in [
        (
            bearer.store(MemoryStore::new()).build(Transport::default()),
            "subject_id",
        ),
        (
            subject.store(MemoryStore::new()).build(Transport::default()),
            "subject_id",
        ),
        (actor.store(MemoryStore::new()).build(Transport::default()), "actor_id"),
    ] {
        let error = error.unwrap_err();
        assert!(
            matches!(&error, BuildError::StoreNotApplicable { instead, .. } if instead.contains(remedy)),
            "{error}"
        );
    }
}
