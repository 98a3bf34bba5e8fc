//! Operations with their own scopes: one token for all, or one per scope set.

use std::sync::{Arc, Mutex};

use evergrant::client_auth::PublicClient;
use evergrant::{AuthorizationCode, BuildError, ClientCredentials, ScopedTokens, Token, TokenEndpoint, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::MockResponse;

use crate::support::{CLIENT, Fixture, SECRET, call_concurrently, seconds};

fn tokens(fixture: &Fixture) -> TokenManager {
    let builder = fixture.builder().scopes(["books.read", "orders.read", "orders.write"]);
    builder.build(Transport::default()).unwrap()
}

fn requested_scope(fixture: &Fixture) -> Option<String> {
    fixture.auth.last_token_request().form_value("scope")
}

#[tokio::test]
async fn union_uses_one_token_for_all_operations() {
    let fixture = Fixture::new();
    let scoped = ScopedTokens::union(tokens(&fixture));
    for scopes in [&["books.read"][..], &["orders.write", "books.read"], &[]] {
        scoped.for_scopes(scopes).unwrap().token().await.unwrap();
    }
    assert_eq!(fixture.requests(), 1);
    assert_eq!(
        requested_scope(&fixture).as_deref(),
        Some("books.read orders.read orders.write")
    );
    match scoped.for_scopes(["books.read", "admin"]) {
        Err(BuildError::ScopesNotRequested { scopes }) => assert_eq!(scopes.to_string(), "admin"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn least_privilege_uses_one_token_per_scope_set() {
    let fixture = Fixture::new();
    let scoped = ScopedTokens::least_privilege(tokens(&fixture));
    let books = scoped.for_scopes(["books.read"]).unwrap();
    let first = books.token().await.unwrap();
    assert_eq!(requested_scope(&fixture).as_deref(), Some("books.read"));
    let orders = scoped.for_scopes(["orders.read", "orders.write"]).unwrap();
    orders.token().await.unwrap();
    assert_eq!(requested_scope(&fixture).as_deref(), Some("orders.read orders.write"));

    let again = scoped.clone().for_scopes(["orders.write", "orders.read"]).unwrap();
    again.token().await.unwrap();
    let books = scoped.for_scopes(["books.read"]).unwrap().token().await.unwrap();
    assert_eq!(books.access_token().expose(), first.access_token().expose());
    assert_eq!(fixture.requests(), 2, "the order of scopes does not matter");

    for all in [&[][..], &["orders.write", "orders.read", "books.read"]] {
        scoped.for_scopes(all).unwrap().token().await.unwrap();
    }
    assert_eq!(fixture.requests(), 3);
}

#[tokio::test]
async fn each_scope_set_has_its_own_fetches() {
    let fixture = Fixture::new();
    let scoped = ScopedTokens::least_privilege(tokens(&fixture));
    let outcomes = call_concurrently(20, || {
        let tokens = scoped.for_scopes(["books.read"]).unwrap();
        async move { tokens.token().await.is_ok() }
    });
    assert!(outcomes.await.into_iter().all(|ok| ok));
    assert_eq!(fixture.requests(), 1);
    fixture.clock.advance(seconds(3600));
    scoped.for_scopes(["books.read"]).unwrap().token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
    assert_eq!(requested_scope(&fixture).as_deref(), Some("books.read"));
}

#[tokio::test]
async fn retry_after_applies_to_all_scope_sets() {
    let fixture = Fixture::new();
    let scoped = ScopedTokens::least_privilege(tokens(&fixture));
    fixture.auth.next(MockResponse::new(429).header("retry-after", "30"));
    assert!(scoped.for_scopes(["books.read"]).unwrap().token().await.is_err());
    assert!(scoped.for_scopes(["orders.read"]).unwrap().token().await.is_err());
    assert_eq!(fixture.requests(), 1);
    fixture.clock.advance(seconds(31));
    scoped.for_scopes(["orders.read"]).unwrap().token().await.unwrap();
}

#[tokio::test]
async fn invalid_scope_requests_are_rejected() {
    let fixture = Fixture::new();
    assert!(matches!(
        tokens(&fixture).with_scopes(["tab\\slash"]),
        Err(BuildError::InvalidScope { .. })
    ));
    let user = AuthorizationCode::builder(CLIENT, PublicClient).token_url(fixture.auth.token_url());
    let user = user.build(Transport::default()).unwrap();
    assert!(matches!(
        ScopedTokens::least_privilege(user).for_scopes(["books.read"]),
        Err(BuildError::WrongGrant { .. })
    ));
    let plain = ClientCredentials::builder(CLIENT, SECRET).token_url(fixture.auth.token_url());
    assert!(plain.build(Transport::default()).unwrap().scopes().is_empty());
}

#[tokio::test]
async fn a_token_provider_receives_the_requested_scopes() {
    let fixture = Fixture::new();
    let requested: Arc<Mutex<Vec<String>>> = Arc::default();
    let builder = fixture.builder().scopes(["books.read", "orders.read"]).token_provider({
        let requested = Arc::clone(&requested);
        move |_last: Option<Token>, endpoint: TokenEndpoint| {
            requested.lock().unwrap().push(endpoint.scopes().to_string());
            async move { endpoint.fetch_token().await }
        }
    });
    let scoped = ScopedTokens::least_privilege(builder.build(Transport::default()).unwrap());
    scoped.for_scopes(["orders.read"]).unwrap().token().await.unwrap();
    scoped
        .for_scopes(["books.read", "orders.read"])
        .unwrap()
        .token()
        .await
        .unwrap();
    assert_eq!(*requested.lock().unwrap(), ["orders.read", "books.read orders.read"]);
    assert_eq!(requested_scope(&fixture).as_deref(), Some("books.read orders.read"));
}

#[tokio::test]
async fn at_most_a_thousand_scope_sets_are_cached() {
    let fixture = Fixture::new();
    let scoped = ScopedTokens::least_privilege(tokens(&fixture));
    let manager = |number: usize| {
        scoped
            .for_scopes([format!("book.{number}"), "books.read".to_owned()])
            .unwrap()
    };
    let retained = manager(0);
    let used = manager(1);
    for tokens in [&retained, &used] {
        tokens.token().await.unwrap();
    }
    assert_eq!(fixture.requests(), 2);
    for number in 2..3000 {
        manager(number);
        // In a different order, and used repeatedly.
        scoped.for_scopes(["books.read", "book.1"]).unwrap();
    }
    // The scope set in use is still cached.
    manager(1).token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
    // The evicted scope set continues to work for its owner.
    retained.token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
    // While it is in use, it is the only one of its scope set.
    manager(0).token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
    drop(retained);
    for number in 3000..4000 {
        manager(number);
    }
    // A new request for the evicted scope set creates a new manager.
    manager(0).token().await.unwrap();
    assert_eq!(fixture.requests(), 3);
    manager(0).token().await.unwrap();
    assert_eq!(fixture.requests(), 3);
}

#[tokio::test]
async fn a_thousand_scope_sets_are_cached() {
    let fixture = Fixture::new();
    let scoped = ScopedTokens::least_privilege(tokens(&fixture));
    let generation = |number: usize| {
        scoped
            .for_scopes([format!("book.{number}")])
            .unwrap()
            .status()
            .generation
    };
    let first = scoped
        .for_scopes(["book.0"])
        .unwrap()
        .token()
        .await
        .unwrap()
        .generation();
    for number in 1..1000 {
        generation(number);
    }
    assert_eq!(generation(0), first);
    for number in 1000..2000 {
        generation(number);
    }
    assert_ne!(generation(0), first);
}
