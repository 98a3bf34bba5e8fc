//! Scopes: requested, missing, and separate tokens with least privilege.

use bookstore::{Error, OAuthScopeClientCredentials as Scope, Scope as _};
use emulations::Bookstore;

use crate::common::{bare_credentials, client, client_with, code, credentials, order, requests};

fn requested_scopes(shop: &Bookstore) -> Vec<Option<String>> {
    let requests = shop.auth_requests();
    requests.iter().map(|request| request.form_value("scope")).collect()
}

#[test]
fn scopes_have_the_names_of_the_description() {
    assert_eq!(Scope::ALL.map(|scope| scope.name().to_owned()), Bookstore::SCOPES);
}

#[tokio::test]
async fn the_error_names_a_scope_that_was_not_requested() {
    let shop = Bookstore::start();
    for (requested, missing) in [
        (vec![Scope::OrdersRead, Scope::OrdersWrite], "books.read"),
        (vec![Scope::BooksRead, Scope::OrdersWrite], "orders.read"),
        (vec![Scope::BooksRead, Scope::OrdersRead], "orders.write"),
        (vec![], "orders.write"),
    ] {
        let client = client_with(&shop, bare_credentials(&shop).scopes(requested));
        let (books, orders) = (client.books(), client.orders());
        let errors = match missing {
            "books.read" => vec![books.list_books().send().await.unwrap_err()],
            "orders.read" => vec![
                orders.list_orders().send().await.unwrap_err(),
                orders.get_order("order-1").send().await.unwrap_err(),
            ],
            _ => vec![orders.place_order(&order()).send().await.unwrap_err()],
        };
        for error in errors {
            let text = error.to_string();
            let hint = format!("the operation requires the scopes `{missing}`, which were not requested for the token");
            assert!(text.ends_with(&hint), "{text}");
            let challenge = &error.api().unwrap().headers()["www-authenticate"];
            assert!(challenge.to_str().unwrap().contains(missing));
            assert_eq!(code::<()>(Err(error)), (403, "insufficient_scope".to_owned()));
        }
    }
    assert_eq!(requests(&shop), (4, 5), "a 403 causes no renewal");
}

#[tokio::test]
async fn a_scope_that_the_server_does_not_grant_is_an_error_only_with_strict_scopes() {
    let shop = Bookstore::start();
    shop.auth().grant_scopes(&["books.read"]);
    let client = client(&shop);
    let error = client.orders().list_orders().send().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("403") && !text.contains("were not requested for the token"),
        "{text}"
    );
    client.books().list_books().send().await.unwrap();

    let strict = client_with(&shop, credentials(&shop).strict_scopes());
    let error = strict.books().list_books().send().await.unwrap_err();
    assert!(matches!(error, Error::Authorization(_)), "{error}");
    assert!(error.to_string().contains("orders.write"), "{error}");
}

#[tokio::test]
async fn with_least_privilege_each_operation_uses_a_token_with_its_own_scopes() {
    let shop = Bookstore::start();
    let client = client_with(&shop, bare_credentials(&shop).least_privilege());
    for _ in 0..2 {
        client.books().list_books().send().await.unwrap();
        client.orders().list_orders().send().await.unwrap();
        client.orders().get_order("order-1").send().await.unwrap();
        client.orders().place_order(&order()).send().await.unwrap();
    }
    let scopes = ["books.read", "orders.read", "orders.write"];
    assert_eq!(requested_scopes(&shop), scopes.map(|scope| Some(scope.to_owned())));
    for request in shop.api_requests() {
        let token = request.header("authorization").unwrap().strip_prefix("Bearer ");
        let issued = shop.auth().introspect(token.unwrap()).unwrap();
        let scopes = Bookstore::SCOPES.iter().filter(|scope| issued.has_scope(scope));
        assert_eq!(scopes.count(), 1, "{}", request.path);
    }
}

#[tokio::test]
async fn with_least_privilege_only_the_rejected_token_is_fetched_again() {
    let shop = Bookstore::start();
    let client = client_with(&shop, bare_credentials(&shop).least_privilege());
    client.books().list_books().send().await.unwrap();
    client.orders().list_orders().send().await.unwrap();
    let token = shop.api_requests()[0].header("authorization").unwrap().to_owned();
    shop.auth().revoke(token.strip_prefix("Bearer ").unwrap());
    client.books().list_books().send().await.unwrap();
    client.orders().list_orders().send().await.unwrap();
    let scopes = ["books.read", "orders.read", "books.read"];
    assert_eq!(requested_scopes(&shop), scopes.map(|scope| Some(scope.to_owned())));
}

#[tokio::test]
async fn without_scopes_the_token_request_has_no_scope() {
    let shop = Bookstore::start();
    let client = client_with(&shop, bare_credentials(&shop));
    let outcome = client.books().list_books().send().await;
    assert_eq!(code(outcome), (403, "insufficient_scope".to_owned()));
    assert_eq!(requested_scopes(&shop), [None], "the server chooses the default scopes");
}
