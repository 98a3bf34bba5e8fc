//! Operations that accept either of two credentials, and operations that need both.

use emulations::Thingspace;
use evergrant_testing::Fault;
use thingspace::models::AnomalyTrigger;
use thingspace::{Client, Error, ThingspaceOAuth1Credentials, VzM2mTokenCredentials};

use crate::common::{account, anomaly_trigger, builder, log_in, oauth, oauth1, rate_plans, requests};

/// Calls each operation that needs `thingspace_oauth1` or a session.
async fn call_anomaly_triggers(client: &Client) {
    let triggers = client.anomaly_triggers();
    let created = triggers
        .create_anomaly_trigger(&anomaly_trigger())
        .send()
        .await
        .unwrap();
    let changed: AnomalyTrigger = created.into_inner();
    triggers.update_anomaly_trigger(&changed).send().await.unwrap();
    rate_plans(client).await.unwrap();
}

#[tokio::test]
async fn an_oauth1_token_alone_is_sufficient() {
    let api = Thingspace::start();
    let client = builder(&api).thingspace_oauth1_credentials(oauth1()).build().unwrap();
    call_anomaly_triggers(&client).await;
    assert_eq!(requests(&api), (1, 0, 3));
    assert_eq!(api.oauth1().requests().len(), 1);
    let sent = api.api_requests();
    assert!(sent.iter().all(|request| request.header("vz-m2m-token").is_none()));
}

#[tokio::test]
async fn a_session_from_a_login_alone_is_sufficient() {
    let api = Thingspace::start();
    let client = builder(&api)
        .thingspace_oauth_credentials(oauth())
        .vz_m2m_token_credentials(log_in());
    call_anomaly_triggers(&client.build().unwrap()).await;
    assert_eq!(requests(&api), (1, 1, 4));
    for request in &api.api_requests()[1..] {
        assert_eq!(request.header("vz-m2m-token"), Some("emulated-session-1"));
        assert_eq!(request.header("authorization"), None, "{}", request.path);
    }
}

#[tokio::test]
async fn an_external_session_alone_is_sufficient() {
    let api = Thingspace::start();
    let session = external_session(&api).await;
    let client = builder(&api).vz_m2m_token_credentials(VzM2mTokenCredentials::new(session));
    let before = requests(&api);
    call_anomaly_triggers(&client.build().unwrap()).await;
    assert_eq!(
        requests(&api),
        (before.0, before.1, before.2 + 3),
        "no token request and no login"
    );
}

#[tokio::test]
async fn with_both_the_first_alternative_is_used() {
    let api = Thingspace::start();
    call_anomaly_triggers(&crate::common::client(&api)).await;
    assert_eq!(requests(&api), (1, 0, 3));
}

#[tokio::test]
async fn the_second_alternative_replaces_the_first_only_with_fallback() {
    let api = Thingspace::start();
    let client = crate::common::client(&api);
    api.oauth1().always(Fault::Disconnect);
    let error = rate_plans(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(_)) && error.is_retryable(),
        "{error}"
    );
    assert_eq!((api.oauth().requests().len(), api.api_requests().len()), (0, 0));

    let with_fallback = client
        .with_configuration(thingspace::ClientBuilder::with_fallback)
        .unwrap();
    call_anomaly_triggers(&with_fallback).await;
    assert_eq!((api.oauth().requests().len(), api.sessions_opened()), (1, 1));
}

#[tokio::test]
async fn a_rejection_of_the_first_alternative_causes_no_fallback() {
    let api = Thingspace::start();
    let wrong = ThingspaceOAuth1Credentials::new(Thingspace::OAUTH1_CLIENT_ID, "wrong-secret");
    let client = builder(&api)
        .thingspace_oauth_credentials(oauth())
        .thingspace_oauth1_credentials(wrong)
        .vz_m2m_token_credentials(log_in())
        .with_fallback()
        .build()
        .unwrap();
    let error = rate_plans(&client).await.unwrap_err();
    let Error::OAuthProvider(rejection) = &error else {
        panic!("{error}")
    };
    assert_eq!(rejection.code(), Some("invalid_client"));
    assert_eq!(requests(&api), (1, 0, 0));
}

#[tokio::test]
async fn each_scheme_has_its_own_token() {
    let api = Thingspace::start();
    let client = crate::common::client(&api);
    account(&client).await.unwrap();
    rate_plans(&client).await.unwrap();
    assert_eq!((api.oauth().requests().len(), api.oauth1().requests().len()), (1, 1));

    // A client id of one token endpoint is unknown to the other.
    let crossed = ThingspaceOAuth1Credentials::new(Thingspace::OAUTH_CLIENT_ID, Thingspace::OAUTH_CLIENT_SECRET);
    let crossed = builder(&api).thingspace_oauth1_credentials(crossed).build().unwrap();
    let error = rate_plans(&crossed).await.unwrap_err();
    assert!(matches!(error, Error::OAuthProvider(_)), "{error}");
    // The API does not accept a token of one kind instead of the other.
    let token = api.oauth().issue_token(Thingspace::OAUTH_CLIENT_ID, &[]);
    let credentials = oauth1().token(thingspace::Token::new(token)).manual();
    let crossed = builder(&api)
        .thingspace_oauth1_credentials(credentials)
        .build()
        .unwrap();
    assert_eq!(rate_plans(&crossed).await.unwrap_err().status().unwrap(), 401);
}

async fn external_session(api: &Thingspace) -> String {
    account(&crate::common::m2m(api)).await.unwrap();
    let request = api.api_requests().pop().unwrap();
    request.header("vz-m2m-token").unwrap().to_owned()
}
