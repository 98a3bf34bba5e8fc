//! Nothing that is shown has a secret in it.

use std::fmt::{Debug, Display};

use emulations::VerizonEdge;
use verizon_edge::ClientCredentialsAuthCredentials;

use crate::common::{builder, client, client_with, credentials, login, regions};

/// Looks for every secret in what is shown of things.
fn hides(api: &VerizonEdge, shown: &[String]) {
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
        for shown in shown {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

fn shown(thing: &impl Debug) -> String {
    format!("{thing:?} {thing:#?}")
}

fn told(error: &(impl Debug + Display)) -> String {
    format!("{} {error}", shown(error))
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
    hides(
        &api,
        &[
            shown(&client),
            shown(&client.sessions()),
            shown(&client.sessions().start_session(&login())),
            shown(&login()),
            shown(&settings),
            shown(&settings.build().unwrap()),
            shown(&credentials().token(token.clone())),
            shown(manager),
            shown(&manager.status()),
            shown(&token),
        ],
    );
}

#[tokio::test]
async fn failures_show_no_secret() {
    let api = VerizonEdge::start();
    let wrong = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, "wrong-secret");
    let refused = regions(&client_with(&api, wrong)).await.unwrap_err();
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
    hides(&api, &[told(&refused), told(&expired), told(&account)]);
}
