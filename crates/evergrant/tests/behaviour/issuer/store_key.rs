//! The store's key takes in the issuer.

use evergrant::store::{MemoryStore, StoreKey};
use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::Transport;

use super::{builder, realm};
use crate::support::{CLIENT, Fixture, SECRET};

#[tokio::test]
async fn processes_share_a_token_of_one_issuer_even_after_its_endpoint_has_moved() {
    let fixture = Fixture::with(realm);
    let store = MemoryStore::new();
    let manager = || {
        builder(&fixture)
            .store(store.clone())
            .build(Transport::default())
            .unwrap()
    };
    let first = manager().token().await.unwrap();
    fixture.auth.move_token_endpoint("/elsewhere/token");
    let second = manager().token().await.unwrap();
    assert_eq!(first.access_token().expose(), second.access_token().expose());
    assert_eq!(fixture.auth.tokens_granted(), 1);
}

fn key(issuer: &str, token_url: Option<&str>) -> StoreKey {
    let mut builder = ClientCredentials::builder(CLIENT, SECRET).issuer(issuer);
    if let Some(url) = token_url {
        builder = builder.token_url(url);
    }
    let tokens: TokenManager = builder.store(MemoryStore::new()).build(Transport::default()).unwrap();
    tokens.store_key().unwrap().clone()
}

#[test]
fn a_record_is_shared_only_where_the_issuer_is_equal() {
    let issuer = "https://idp.example.com";
    assert_eq!(key(issuer, None), key("https://idp.example.com/", None));
    let expected = StoreKey::for_issuer(issuer, CLIENT).build();
    assert_eq!(key(issuer, None), expected);
    for (other, token_url) in [
        ("https://idp.example.com/realms/a", None),
        ("https://idp.example.com/realms/b", None),
        ("https://idp.example.com/realms/b/", None),
        ("https://elsewhere.example.net", None),
        // The application chose the token endpoint itself, which another process may not have.
        (issuer, Some("https://idp.example.com")),
        (issuer, Some("https://idp.example.com/token")),
    ] {
        assert_ne!(key(other, token_url), expected, "{other} {token_url:?}");
    }
    assert_ne!(
        key("https://idp.example.com/realms/b", None),
        key("https://idp.example.com/realms/b/", None),
        "these are two issuers"
    );
}
