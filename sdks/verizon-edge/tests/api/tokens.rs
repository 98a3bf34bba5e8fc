//! Tokens: shared by all calls, and replaced after a rejection.

use std::sync::mpsc;

use emulations::VerizonEdge;
use evergrant_sdk::TokenEndpoint;
use evergrant_testing::MockResponse;
use verizon_edge::Token;

use crate::common::{client, client_with, credentials, edge_problem, profile, regions, requests};

#[tokio::test]
async fn concurrent_calls_to_both_servers_share_one_token() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let calls: Vec<_> = (0..40)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                match number % 2 {
                    0 => drop(regions(&client).await.unwrap()),
                    _ => drop(
                        client
                            .accounts()
                            .get_account(VerizonEdge::ACCOUNT)
                            .send()
                            .await
                            .unwrap(),
                    ),
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(requests(&api), (1, 40));
    let request = api.auth().last_token_request();
    assert_eq!(request.form_value("scope").unwrap(), VerizonEdge::SCOPES.join(" "));
    assert!(request.header("authorization").unwrap().starts_with("Basic "));
}

#[tokio::test]
async fn a_revoked_token_is_replaced_and_the_call_is_replayed() {
    let api = VerizonEdge::start();
    let client = client(&api);
    regions(&client).await.unwrap();
    api.auth().revoke_all();
    let created = client
        .service_profiles()
        .create_service_profile(&profile())
        .send()
        .await
        .unwrap();
    assert_eq!(created.service_profile_id, "sp-0001", "one profile is created");
    assert_eq!(requests(&api), (2, 3));
    let [_, rejected, accepted] = &api.edge().requests()[..] else {
        panic!("expected three calls")
    };
    assert_eq!(
        (rejected.status.unwrap().as_u16(), accepted.status.unwrap().as_u16()),
        (401, 201)
    );
    assert_eq!(rejected.body, accepted.body);
    assert!(!accepted.body.is_empty());
    assert_ne!(rejected.header("authorization"), accepted.header("authorization"));
}

#[tokio::test]
async fn a_second_rejection_is_returned() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let rejection = r#"{"status": "UNAUTHORIZED", "message": "not today"}"#;
    api.edge().next_n(2, MockResponse::new(401).json(rejection));
    let (status, body) = edge_problem(client.discovery().list_regions().send().await);
    assert_eq!((status, body.message.as_str()), (401, "not today"));
    assert_eq!(requests(&api), (2, 2));
}

#[tokio::test]
async fn the_update_callback_receives_the_tokens_of_the_provider() {
    let api = VerizonEdge::start();
    let stored = api.auth().issue_token(VerizonEdge::CLIENT_ID, &["discovery:read"]);
    let (sender, updates) = mpsc::channel();
    let provided = stored.clone();
    let credentials = credentials()
        .token_provider(move |last: Option<Token>, endpoint: TokenEndpoint| {
            let token = provided.clone();
            async move {
                match last {
                    None => Ok(Token::new(token)),
                    Some(_) => endpoint.fetch_token().await,
                }
            }
        })
        .on_token_update(move |token| sender.send(token.access_token().expose().to_owned()).unwrap());
    let client = client_with(&api, credentials);
    regions(&client).await.unwrap();
    assert_eq!(requests(&api), (0, 1));
    api.auth().revoke_all();
    regions(&client).await.unwrap();
    assert_eq!(requests(&api), (1, 3));
    let request = api.edge().requests().pop().unwrap();
    let fetched = request
        .header("authorization")
        .unwrap()
        .trim_start_matches("Bearer ")
        .to_owned();
    drop(client);
    assert_eq!(updates.iter().collect::<Vec<_>>(), [stored, fetched]);
}
