//! Manual style: the application fetches and stores tokens, and gives them to its clients.

use emulations::VerizonEdge;
use evergrant_sdk::evergrant;
use verizon_edge::{Client, ClientCredentialsAuthCredentials, Error, Token};

use crate::common::{client_with, credentials, edge, regions, requests};

async fn fetch(client: &Client) -> Result<Token, Error> {
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
async fn a_token_that_is_fetched_is_for_the_client_that_it_is_given_to() {
    let api = VerizonEdge::start();
    let client = client_with(&api, credentials().manual());
    let token = fetch(&client).await.unwrap();
    assert!(regions(&client).await.is_err(), "fetching installs nothing");
    let authorized = with_token(&client, token);
    for _ in 0..3 {
        regions(&authorized).await.unwrap();
    }
    assert!(regions(&client).await.is_err());
    assert_eq!(requests(&api), (1, 3));
}

#[tokio::test]
async fn a_refusal_is_the_authorization_servers_own() {
    let api = VerizonEdge::start();
    let wrong = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, "wrong-secret").manual();
    let client = client_with(&api, wrong);
    let Err(Error::OAuthProvider(refusal)) = fetch(&client).await else {
        panic!("it is refused")
    };
    assert_eq!(
        (refusal.code(), refusal.status().as_u16()),
        (Some("invalid_client"), 401)
    );
    assert_eq!(requests(&api), (1, 0));
}

#[tokio::test]
async fn a_stored_token_makes_a_client_in_another_program() {
    let api = VerizonEdge::start();
    let stored = fetch(&client_with(&api, credentials().manual()))
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
async fn a_stored_token_that_has_expired_is_said_so_and_nothing_is_sent() {
    let api = VerizonEdge::start();
    let token = Token::from_json(r#"{"access_token":"old-not-real","token_type":"Bearer","expiry":1700000000}"#);
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
    let client = with_token(&client, fetch(&client).await.unwrap());
    regions(&client).await.unwrap();
    api.auth().revoke_all();
    let (status, body) = edge(client.discovery().list_regions().send().await);
    assert_eq!((status, body.status.as_str()), (401, "UNAUTHORIZED"));
    assert_eq!(requests(&api), (1, 2));
    let client = with_token(&client, fetch(&client).await.unwrap());
    regions(&client).await.unwrap();
    assert_eq!(requests(&api), (2, 3));
}
