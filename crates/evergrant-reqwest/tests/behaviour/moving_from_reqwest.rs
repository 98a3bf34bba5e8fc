//! The calls of a program are the same over plain reqwest and over the authorized client.

use evergrant_testing::{ApiServer, AuthServer};

#[path = "../../examples/moving_from_reqwest/setup_with_authorized_client.rs"]
mod setup_with_authorized_client;
#[path = "../../examples/moving_from_reqwest/setup_with_plain_reqwest.rs"]
mod setup_with_plain_reqwest;

#[tokio::test]
async fn a_program_over_reqwest_is_moved_without_changing_a_call() {
    let before = setup_with_plain_reqwest::run(&ApiServer::unprotected()).await.unwrap();
    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let api = auth.api();
    let after = setup_with_authorized_client::run(&auth, &api).await.unwrap();
    assert_eq!(before, after);
    assert!(
        api.requests()
            .iter()
            .all(|request| request.header("authorization").is_some())
    );
    assert_eq!(auth.token_requests(), 1);
}
