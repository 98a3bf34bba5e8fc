//! Debug output and error messages contain no secret.

use std::fmt::{Debug, Display};

use emulations::VerizonEdge;
use verizon_edge::ClientCredentialsAuthCredentials;

use crate::common::{builder, client, client_with, credentials, login, regions};

/// Asserts that no secret is in any of the texts.
fn assert_no_secret(api: &VerizonEdge, texts: &[String]) {
    let sent = [api.api_requests(), api.auth_requests()].concat();
    let tokens = sent
        .iter()
        .filter_map(|request| request.header("authorization")?.split(' ').nth(1));
    let known = [
        VerizonEdge::CLIENT_SECRET,
        VerizonEdge::VZ_M2M_TOKEN,
        VerizonEdge::PASSWORD,
        "wrong-secret",
    ];
    for secret in tokens.chain(known) {
        for text in texts {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

fn debug_texts(thing: &impl Debug) -> String {
    format!("{thing:?} {thing:#?}")
}

fn error_texts(error: &(impl Debug + Display)) -> String {
    format!("{} {error}", debug_texts(error))
}

#[tokio::test]
async fn clients_and_credentials_show_no_secret() {
    let api = VerizonEdge::start();
    let client = client(&api);
    regions(&client).await.unwrap();
    let manager = client.client_credentials_auth_manager().unwrap();
    let token = manager.token().await.unwrap();
    let settings = builder(&api)
        .client_credentials_auth_credentials(credentials())
        .client_credentials_auth_token(token.clone());
    assert_no_secret(
        &api,
        &[
            debug_texts(&client),
            debug_texts(&client.sessions()),
            debug_texts(&client.sessions().start_session(&login())),
            debug_texts(&login()),
            debug_texts(&settings),
            debug_texts(&settings.build().unwrap()),
            debug_texts(&credentials().token(token.clone())),
            debug_texts(manager),
            debug_texts(&manager.status()),
            debug_texts(&token),
        ],
    );
}

#[tokio::test]
async fn failures_show_no_secret() {
    let api = VerizonEdge::start();
    let wrong = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, "wrong-secret");
    let rejected = regions(&client_with(&api, wrong)).await.unwrap_err();
    let client = client(&api);
    regions(&client).await.unwrap();
    api.end_sessions();
    let expired = client.discovery().list_regions().send().await.unwrap_err();
    let account = client
        .accounts()
        .get_account(VerizonEdge::ACCOUNT)
        .send()
        .await
        .unwrap_err();
    assert_no_secret(
        &api,
        &[error_texts(&rejected), error_texts(&expired), error_texts(&account)],
    );
}
