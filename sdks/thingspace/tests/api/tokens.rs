//! Tokens of both kinds: shared, replaced after a rejection, provided and stored by the application.

use std::sync::{Arc, Mutex, mpsc};

use emulations::Thingspace;
use evergrant_sdk::{TokenEndpoint, evergrant};
use thingspace::{Client, Error, SessionTokenCredentials, ThingspaceOAuth1Credentials, Token, VzM2mTokenCredentials};

use crate::common::{account, builder, m2m, oauth, oauth1, rate_plans, requests, vehicle};

fn client_with(api: &Thingspace, credentials: ThingspaceOAuth1Credentials) -> Client {
    let builder = builder(api).thingspace_oauth1_credentials(credentials);
    builder.build().unwrap()
}

fn sent_token(api: &Thingspace) -> String {
    let request = api.api_requests().pop().unwrap();
    let header = request.header("authorization").unwrap();
    header.strip_prefix("Bearer ").unwrap().to_owned()
}

#[tokio::test]
async fn each_kind_of_token_is_fetched_once_at_its_own_endpoint() {
    let api = Thingspace::start();
    let client = crate::common::client(&api);
    for _ in 0..10 {
        rate_plans(&client).await.unwrap();
        account(&client).await.unwrap();
    }
    let [oauth, oauth1] = [api.oauth().requests(), api.oauth1().requests()];
    assert_eq!((oauth.len(), oauth1.len()), (1, 1));
    assert_eq!(oauth[0].path, "/api/ts/v1/oauth2/token");
    assert_eq!(oauth1[0].path, "/api/ts/v1/");
    for request in [&oauth[0], &oauth1[0]] {
        assert_eq!(request.method, "POST");
        let form = request.form();
        assert_eq!(form, [("grant_type".to_owned(), "client_credentials".to_owned())]);
        assert!(request.header("authorization").unwrap().starts_with("Basic "));
    }
}

#[tokio::test]
async fn a_revoked_token_is_replaced_and_the_call_is_replayed() {
    let api = Thingspace::start();
    let client = client_with(&api, oauth1());
    rate_plans(&client).await.unwrap();
    api.oauth1().revoke_all();
    let triggers = client.anomaly_triggers();
    let created = triggers
        .create_anomaly_trigger(&crate::common::anomaly_trigger())
        .send()
        .await
        .unwrap();
    assert_eq!(created.trigger_id, "at-0001", "one trigger is created");
    assert_eq!(requests(&api), (2, 0, 3));
    let sent = api.api_requests();
    assert_eq!(sent[1].body, sent[2].body);
    assert!(!sent[2].body.is_empty());
}

#[tokio::test]
async fn the_provider_is_called_first_and_again_after_a_rejection() {
    let api = Thingspace::start();
    let stored = api.oauth1().issue_token(Thingspace::OAUTH1_CLIENT_ID, &[]);
    let calls = Arc::new(Mutex::new(0));
    let (count, token) = (Arc::clone(&calls), stored.clone());
    let client = client_with(
        &api,
        oauth1().token_provider(move |last: Option<Token>, endpoint: TokenEndpoint| {
            *count.lock().unwrap() += 1;
            let token = token.clone();
            async move {
                match last {
                    None => Ok(Token::new(token)),
                    Some(_) => endpoint.fetch_token().await,
                }
            }
        }),
    );
    rate_plans(&client).await.unwrap();
    assert_eq!((sent_token(&api), requests(&api)), (stored.clone(), (0, 0, 1)));
    api.oauth1().revoke_all();
    rate_plans(&client).await.unwrap();
    rate_plans(&client).await.unwrap();
    assert_ne!(sent_token(&api), stored);
    assert_eq!((*calls.lock().unwrap(), requests(&api)), (2, (1, 0, 4)));
}

#[tokio::test]
async fn a_provider_that_uses_its_own_client_gets_an_error() {
    let api = Thingspace::start();
    let own_client: Arc<Mutex<Option<Client>>> = Arc::default();
    let client = Arc::clone(&own_client);
    let provider = move |_: Option<Token>, _: TokenEndpoint| {
        let client = client.lock().unwrap().clone();
        async move {
            rate_plans(&client.unwrap()).await?;
            Ok(Token::new("not-a-real-token"))
        }
    };
    let client = client_with(&api, oauth1().token_provider(provider));
    *own_client.lock().unwrap() = Some(client.clone());
    let error = rate_plans(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::ProviderCycle(_))),
        "{error}"
    );
    own_client.lock().unwrap().take();
    assert_eq!(requests(&api), (0, 0, 0));
}

#[tokio::test]
async fn the_update_callback_receives_each_new_token() {
    let api = Thingspace::start();
    let (sender, updates) = mpsc::channel();
    let client = client_with(
        &api,
        oauth1().on_token_update(move |token| sender.send(token.access_token().expose().to_owned()).unwrap()),
    );
    let mut used = Vec::new();
    for _ in 0..3 {
        rate_plans(&client).await.unwrap();
        used.push(sent_token(&api));
        api.oauth1().revoke_all();
    }
    drop(client);
    assert_eq!(updates.iter().collect::<Vec<_>>(), used);
}

#[tokio::test]
async fn in_manual_mode_only_the_application_fetches_tokens() {
    let api = Thingspace::start();
    let client = client_with(&api, oauth1().manual());
    let error = rate_plans(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::NotAuthorized(_))),
        "{error}"
    );
    assert_eq!(requests(&api), (0, 0, 0));
    let token = client.thingspace_oauth1_manager().unwrap().fetch_token().await.unwrap();
    let authorized = client.with_configuration(|settings| settings.thingspace_oauth1_token(token));
    rate_plans(&authorized.unwrap()).await.unwrap();
    assert_eq!(requests(&api), (1, 0, 1));
}

#[tokio::test]
async fn a_login_uses_the_stored_token() {
    let api = Thingspace::start();
    let stored = api.oauth().issue_token(Thingspace::OAUTH_CLIENT_ID, &[]);
    let client = m2m(&api).with_configuration(|settings| settings.thingspace_oauth_token(Token::new(stored)));
    account(&client.unwrap()).await.unwrap();
    assert_eq!(requests(&api), (0, 1, 2));
}

#[tokio::test]
async fn a_rejected_token_is_replaced_next_to_a_fixed_key() {
    let api = Thingspace::start();
    let session = m2m(&api).vz_m2m_token_manager().unwrap().token().await.unwrap();
    let before = requests(&api);
    let client = builder(&api)
        .thingspace_oauth_credentials(oauth())
        .vz_m2m_token_credentials(VzM2mTokenCredentials::new(session.access_token().expose()))
        .session_token_credentials(SessionTokenCredentials::new(Thingspace::SESSION_TOKEN))
        .build()
        .unwrap();
    account(&client).await.unwrap();
    api.oauth().revoke_all();
    account(&client).await.unwrap();
    assert_eq!(requests(&api), (before.0 + 2, before.1, before.2 + 3));
    api.oauth().revoke_all();
    let vehicles = client.client_registration();
    vehicles.register_client(&vehicle()).send().await.unwrap();
    assert_eq!(requests(&api), (before.0 + 3, before.1, before.2 + 5));
}
