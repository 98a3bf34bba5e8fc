//! Manual mode: the application fetches and stores tokens, and sets them on its clients.

use emulations::VerizonEdge;
use evergrant_sdk::evergrant;
use verizon_edge::{Client, ClientCredentialsAuthCredentials, Error, Token};

use crate::common::{client_with, credentials, edge_problem, regions, requests};

async fn fetch_token(client: &Client) -> Result<Token, Error> {
    let manager = client.client_credentials_auth_manager().unwrap();
    Ok(manager.fetch_token().await?)
}

fn with_token(client: &Client, token: Token) -> Client {
    let client = client.with_configuration(|builder| builder.client_credentials_auth_token(token));
    client.unwrap()
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let api = VerizonEdge::start();
    let client = client_with(&api, credentials().manual());
    let error = regions(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::NotAuthorized(_))),
        "{error}"
    );
    assert!(
        !error.is_retryable() && error.to_string().contains("fetch_token"),
        "{error}"
    );
    assert_eq!(requests(&api), (0, 0));
}

#[tokio::test]
async fn a_fetched_token_is_used_only_by_the_client_it_is_set_on() {
    let api = VerizonEdge::start();
    let client = client_with(&api, credentials().manual());
    let token = fetch_token(&client).await.unwrap();
    assert!(regions(&client).await.is_err(), "fetching does not set the token");
    let authorized = with_token(&client, token);
    for _ in 0..3 {
        regions(&authorized).await.unwrap();
    }
    assert!(regions(&client).await.is_err());
    assert_eq!(requests(&api), (1, 3));
}

#[tokio::test]
async fn a_rejected_fetch_is_an_oauth_error() {
    let api = VerizonEdge::start();
    let wrong = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, "wrong-secret").manual();
    let client = client_with(&api, wrong);
    let Err(Error::OAuthProvider(rejection)) = fetch_token(&client).await else {
        panic!("expected a rejection")
    };
    assert_eq!(
        (rejection.code(), rejection.status().as_u16()),
        (Some("invalid_client"), 401)
    );
    assert_eq!(requests(&api), (1, 0));
}

#[tokio::test]
async fn a_stored_token_is_used_by_another_client() {
    let api = VerizonEdge::start();
    let stored = fetch_token(&client_with(&api, credentials().manual()))
        .await
        .unwrap()
        .expose_json();
    let client = client_with(&api, credentials().manual());
    let token = Token::from_json(&stored).unwrap();
    assert!(token.scopes().unwrap().contains("discovery:read") && token.expires_at().is_some());
    regions(&with_token(&client, token)).await.unwrap();
    assert_eq!(requests(&api), (1, 1));
}

#[tokio::test]
async fn an_expired_stored_token_is_an_error_and_nothing_is_sent() {
    let api = VerizonEdge::start();
    let token = Token::from_json(r#"{"access_token":"expired-not-real","token_type":"Bearer","expiry":1700000000}"#);
    let client = with_token(&client_with(&api, credentials().manual()), token.unwrap());
    let error = regions(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::TokenExpired(_))),
        "{error}"
    );
    assert_eq!(requests(&api), (0, 0));
}

#[tokio::test]
async fn a_revoked_token_is_not_renewed() {
    let api = VerizonEdge::start();
    let client = client_with(&api, credentials().manual());
    let client = with_token(&client, fetch_token(&client).await.unwrap());
    regions(&client).await.unwrap();
    api.auth().revoke_all();
    let (status, body) = edge_problem(client.discovery().list_regions().send().await);
    assert_eq!((status, body.status.as_str()), (401, "UNAUTHORIZED"));
    assert_eq!(requests(&api), (1, 2));
    let client = with_token(&client, fetch_token(&client).await.unwrap());
    regions(&client).await.unwrap();
    assert_eq!(requests(&api), (2, 3));
}
