//! Operations with scopes of their own: one token for all, or one for each set.

use std::sync::{Arc, Mutex};

use evergrant::{AuthorizationCode, BuildError, ClientCredentials, Exchange, ScopedTokens, Token, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::Answer;

use crate::support::{CLIENT, SECRET, World, crowd, seconds};

fn tokens(world: &World) -> TokenManager {
    let builder = world.builder().scopes(["books.read", "orders.read", "orders.write"]);
    builder.build(Transport::default()).unwrap()
}

fn asked(world: &World) -> Option<String> {
    world.auth.last_token_request().form_value("scope")
}

#[tokio::test]
async fn a_union_of_scopes_is_one_token_for_all_operations() {
    let world = World::new();
    let scoped = ScopedTokens::union(tokens(&world));
    for scopes in [&["books.read"][..], &["orders.write", "books.read"], &[]] {
        scoped.for_scopes(scopes).unwrap().token().await.unwrap();
    }
    assert_eq!(world.requests(), 1);
    assert_eq!(asked(&world).as_deref(), Some("books.read orders.read orders.write"));
    match scoped.for_scopes(["books.read", "admin"]) {
        Err(BuildError::ScopesNotAskedFor { scopes }) => assert_eq!(scopes.to_string(), "admin"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn least_privilege_is_one_token_for_each_set_of_scopes() {
    let world = World::new();
    let scoped = ScopedTokens::least_privilege(tokens(&world));
    let books = scoped.for_scopes(["books.read"]).unwrap();
    let first = books.token().await.unwrap();
    assert_eq!(asked(&world).as_deref(), Some("books.read"));
    let orders = scoped.for_scopes(["orders.read", "orders.write"]).unwrap();
    orders.token().await.unwrap();
    assert_eq!(asked(&world).as_deref(), Some("orders.read orders.write"));

    let again = scoped.clone().for_scopes(["orders.write", "orders.read"]).unwrap();
    again.token().await.unwrap();
    let books = scoped.for_scopes(["books.read"]).unwrap().token().await.unwrap();
    assert_eq!(books.access_token().expose(), first.access_token().expose());
    assert_eq!(world.requests(), 2, "a set in another order is the same set");

    for all in [&[][..], &["orders.write", "orders.read", "books.read"]] {
        scoped.for_scopes(all).unwrap().token().await.unwrap();
    }
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn a_set_of_scopes_has_its_own_flight_and_its_own_renewals() {
    let world = World::new();
    let scoped = ScopedTokens::least_privilege(tokens(&world));
    let outcomes = crowd(20, || {
        let tokens = scoped.for_scopes(["books.read"]).unwrap();
        async move { tokens.token().await.is_ok() }
    });
    assert!(outcomes.await.into_iter().all(|ok| ok));
    assert_eq!(world.requests(), 1);
    world.clock.advance(seconds(3600));
    scoped.for_scopes(["books.read"]).unwrap().token().await.unwrap();
    assert_eq!(world.requests(), 2);
    assert_eq!(asked(&world).as_deref(), Some("books.read"));
}

#[tokio::test]
async fn a_servers_retry_after_counts_for_all_sets() {
    let world = World::new();
    let scoped = ScopedTokens::least_privilege(tokens(&world));
    world.auth.next(Answer::new(429).header("retry-after", "30"));
    assert!(scoped.for_scopes(["books.read"]).unwrap().token().await.is_err());
    assert!(scoped.for_scopes(["orders.read"]).unwrap().token().await.is_err());
    assert_eq!(world.requests(), 1);
    world.clock.advance(seconds(31));
    scoped.for_scopes(["orders.read"]).unwrap().token().await.unwrap();
}

#[tokio::test]
async fn scopes_that_cannot_be_asked_for_are_refused() {
    let world = World::new();
    assert!(matches!(
        tokens(&world).with_scopes(["tab\\slash"]),
        Err(BuildError::InvalidScope { .. })
    ));
    let user = AuthorizationCode::public(CLIENT).token_url(world.auth.token_url());
    let user = user.build(Transport::default()).unwrap();
    assert!(matches!(
        ScopedTokens::least_privilege(user).for_scopes(["books.read"]),
        Err(BuildError::WrongGrant { .. })
    ));
    let plain = ClientCredentials::new(CLIENT, SECRET).token_url(world.auth.token_url());
    assert!(plain.build(Transport::default()).unwrap().scopes().is_empty());
}

#[tokio::test]
async fn a_token_provider_is_told_which_scopes_are_wanted() {
    let world = World::new();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let builder = world.builder().scopes(["books.read", "orders.read"]).token_provider({
        let seen = Arc::clone(&seen);
        move |_last: Option<Token>, exchange: Exchange| {
            seen.lock().unwrap().push(exchange.scopes().to_string());
            async move { exchange.fetch_token().await }
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
    assert_eq!(*seen.lock().unwrap(), ["orders.read", "books.read orders.read"]);
    assert_eq!(asked(&world).as_deref(), Some("books.read orders.read"));
}

#[tokio::test]
async fn scopes_that_callers_choose_take_no_more_memory_than_a_thousand_sets() {
    let world = World::new();
    let scoped = ScopedTokens::least_privilege(tokens(&world));
    let manager = |number: usize| {
        scoped
            .for_scopes([format!("book.{number}"), "books.read".to_owned()])
            .unwrap()
    };
    let held = manager(0);
    let used = manager(1);
    for tokens in [&held, &used] {
        tokens.token().await.unwrap();
    }
    assert_eq!(world.requests(), 2);
    for number in 2..3000 {
        manager(number);
        // In another order, and asked for again and again.
        scoped.for_scopes(["books.read", "book.1"]).unwrap();
    }
    // The one that was in use is still the same one,
    manager(1).token().await.unwrap();
    assert_eq!(world.requests(), 2);
    // the one that nobody asked for was forgotten and goes on for who holds it,
    held.token().await.unwrap();
    assert_eq!(world.requests(), 2);
    // and is made anew for who asks.
    manager(0).token().await.unwrap();
    assert_eq!(world.requests(), 3);
    manager(0).token().await.unwrap();
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn of_a_thousand_sets_none_is_forgotten() {
    let world = World::new();
    let scoped = ScopedTokens::least_privilege(tokens(&world));
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
