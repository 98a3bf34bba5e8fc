//! Scopes: those asked for, those lacking, and a token for each operation's own.

use bookstore::{Error, OAuthScopeClientCredentials as Scope, Scope as _};
use emulations::Bookstore;

use crate::common::{bare_credentials, client, client_with, code, credentials, order, requests};

fn asked_for(shop: &Bookstore) -> Vec<Option<String>> {
    let requests = shop.auth_requests();
    requests.iter().map(|request| request.form_value("scope")).collect()
}

#[test]
fn scopes_are_named_as_in_the_description() {
    assert_eq!(Scope::ALL.map(|scope| scope.name().to_owned()), Bookstore::SCOPES);
}

#[tokio::test]
async fn a_scope_that_was_not_asked_for_is_named() {
    let shop = Bookstore::start();
    for (asked, lacking) in [
        (vec![Scope::OrdersRead, Scope::OrdersWrite], "books.read"),
        (vec![Scope::BooksRead, Scope::OrdersWrite], "orders.read"),
        (vec![Scope::BooksRead, Scope::OrdersRead], "orders.write"),
        (vec![], "orders.write"),
    ] {
        let client = client_with(&shop, bare_credentials(&shop).scopes(asked));
        let (books, orders) = (client.books(), client.orders());
        let errors = match lacking {
            "books.read" => vec![books.list_books().send().await.unwrap_err()],
            "orders.read" => vec![
                orders.list_orders().send().await.unwrap_err(),
                orders.get_order("order-1").send().await.unwrap_err(),
            ],
            _ => vec![orders.place_order(&order()).send().await.unwrap_err()],
        };
        for error in errors {
            let text = error.to_string();
            let hint = format!("the operation needs the scopes `{lacking}`, which the token was not asked for with");
            assert!(text.ends_with(&hint), "{text}");
            let challenge = &error.api().unwrap().headers()["www-authenticate"];
            assert!(challenge.to_str().unwrap().contains(lacking));
            assert_eq!(code::<()>(Err(error)), (403, "insufficient_scope".to_owned()));
        }
    }
    assert_eq!(requests(&shop), (4, 5), "a 403 renews nothing");
}

#[tokio::test]
async fn a_scope_that_was_asked_for_and_not_granted_is_the_servers_decision() {
    let shop = Bookstore::start();
    shop.auth().grant_scopes(&["books.read"]);
    let client = client(&shop);
    let error = client.orders().list_orders().send().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("403") && !text.contains("was not asked for with"),
        "{text}"
    );
    client.books().list_books().send().await.unwrap();

    let strict = client_with(&shop, credentials(&shop).strict_scopes());
    let error = strict.books().list_books().send().await.unwrap_err();
    assert!(matches!(error, Error::Authorization(_)), "{error}");
    assert!(error.to_string().contains("orders.write"), "{error}");
}

#[tokio::test]
async fn with_least_privilege_each_operation_has_a_token_for_its_own_scopes() {
    let shop = Bookstore::start();
    let client = client_with(&shop, bare_credentials(&shop).least_privilege());
    for _ in 0..2 {
        client.books().list_books().send().await.unwrap();
        client.orders().list_orders().send().await.unwrap();
        client.orders().get_order("order-1").send().await.unwrap();
        client.orders().place_order(&order()).send().await.unwrap();
    }
    let scopes = ["books.read", "orders.read", "orders.write"];
    assert_eq!(asked_for(&shop), scopes.map(|scope| Some(scope.to_owned())));
    for request in shop.api_requests() {
        let token = request.header("authorization").unwrap().strip_prefix("Bearer ");
        let issued = shop.auth().issued(token.unwrap()).unwrap();
        let held = Bookstore::SCOPES.iter().filter(|scope| issued.has_scope(scope));
        assert_eq!(held.count(), 1, "{}", request.path);
    }
}

#[tokio::test]
async fn with_least_privilege_one_refused_token_costs_one_token() {
    let shop = Bookstore::start();
    let client = client_with(&shop, bare_credentials(&shop).least_privilege());
    client.books().list_books().send().await.unwrap();
    client.orders().list_orders().send().await.unwrap();
    let token = shop.api_requests()[0].header("authorization").unwrap().to_owned();
    shop.auth().revoke(token.strip_prefix("Bearer ").unwrap());
    client.books().list_books().send().await.unwrap();
    client.orders().list_orders().send().await.unwrap();
    let scopes = ["books.read", "orders.read", "books.read"];
    assert_eq!(asked_for(&shop), scopes.map(|scope| Some(scope.to_owned())));
}

#[tokio::test]
async fn without_scopes_none_are_named() {
    let shop = Bookstore::start();
    let client = client_with(&shop, bare_credentials(&shop));
    let outcome = client.books().list_books().send().await;
    assert_eq!(code(outcome), (403, "insufficient_scope".to_owned()));
    assert_eq!(
        asked_for(&shop),
        [None],
        "what the server gives by default is its own matter"
    );
}
