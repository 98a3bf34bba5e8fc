//! Tokens in automatic style: had once, renewed when refused.

use std::sync::mpsc;

use emulations::VerizonEdge;
use evergrant_sdk::Exchange;
use evergrant_testing::Answer;
use verizon_edge::Token;

use crate::common::{client, client_with, credentials, edge, profile, regions, requests};

#[tokio::test]
async fn one_token_serves_both_servers_and_many_calls_at_once() {
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
async fn a_revoked_token_is_renewed_and_the_call_sent_once_more() {
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
    assert_eq!(created.service_profile_id, "sp-0001", "it was created once");
    assert_eq!(requests(&api), (2, 3));
    let [_, refused, taken] = &api.edge().requests()[..] else {
        panic!("three calls")
    };
    assert_eq!(
        (refused.status.unwrap().as_u16(), taken.status.unwrap().as_u16()),
        (401, 201)
    );
    assert_eq!(refused.body, taken.body);
    assert!(!taken.body.is_empty());
    assert_ne!(refused.header("authorization"), taken.header("authorization"));
}

#[tokio::test]
async fn a_second_refusal_is_returned_as_it_is() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let refusal = r#"{"status": "UNAUTHORIZED", "message": "not today"}"#;
    api.edge().next_n(2, Answer::new(401).json(refusal));
    let (status, body) = edge(client.discovery().list_regions().send().await);
    assert_eq!((status, body.message.as_str()), (401, "not today"));
    assert_eq!(requests(&api), (2, 2));
}

#[tokio::test]
async fn a_provider_gives_tokens_and_the_update_callback_is_told_of_them() {
    let api = VerizonEdge::start();
    let stored = api.auth().issue_token(VerizonEdge::CLIENT_ID, &["discovery:read"]);
    let (told, updates) = mpsc::channel();
    let given = stored.clone();
    let credentials = credentials()
        .token_provider(move |last: Option<Token>, exchange: Exchange| {
            let given = given.clone();
            async move {
                match last {
                    None => Ok(Token::new(given)),
                    Some(_) => exchange.fetch_token().await,
                }
            }
        })
        .on_token_update(move |token| told.send(token.access_token().expose().to_owned()).unwrap());
    let client = client_with(&api, credentials);
    regions(&client).await.unwrap();
    assert_eq!(requests(&api), (0, 1));
    api.auth().revoke_all();
    regions(&client).await.unwrap();
    assert_eq!(requests(&api), (1, 3));
    let header = api.edge().requests().pop().unwrap();
    let fetched = header
        .header("authorization")
        .unwrap()
        .trim_start_matches("Bearer ")
        .to_owned();
    drop(client);
    assert_eq!(updates.iter().collect::<Vec<_>>(), [stored, fetched]);
}
