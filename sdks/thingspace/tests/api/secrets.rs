//! Debug output and error messages contain no secret.

use std::fmt::{Debug, Display};

use emulations::Thingspace;
use thingspace::models::LogIn;
use thingspace::{SessionTokenCredentials, ThingspaceOAuthCredentials, VzM2mTokenCredentials};

use crate::common::{account, builder, client, log_in, oauth, oauth1};

/// Asserts that no secret is in any of the texts.
fn assert_no_secret(api: &Thingspace, texts: &[String]) {
    let sent = [api.api_requests(), api.auth_requests()].concat();
    let headers = |name: &'static str| sent.iter().filter_map(move |request| request.header(name));
    let tokens = headers("authorization").filter_map(|header| header.split(' ').nth(1));
    let known = [
        Thingspace::OAUTH_CLIENT_SECRET,
        Thingspace::OAUTH1_CLIENT_SECRET,
        Thingspace::SESSION_TOKEN,
        Thingspace::PASSWORD,
        "not-a-real-session",
        "wrong-secret",
        "wrong-password",
    ];
    for secret in tokens.chain(headers("vz-m2m-token")).chain(known) {
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
    let api = Thingspace::start();
    let client = client(&api);
    account(&client).await.unwrap();
    let session = client.vz_m2m_token_manager().unwrap();
    let session_token = session.token().await.unwrap();
    let oauth_token = client.thingspace_oauth_manager().unwrap().token().await.unwrap();
    let login = LogIn::new(Thingspace::USERNAME, Thingspace::PASSWORD);
    assert_no_secret(
        &api,
        &[
            debug_texts(&client),
            debug_texts(&client.accounts()),
            debug_texts(&client.accounts().get_account(Thingspace::ACCOUNT)),
            debug_texts(&client.session_management().start_session(&login)),
            debug_texts(&oauth().token(oauth_token.clone())),
            debug_texts(&oauth1()),
            debug_texts(&log_in()),
            debug_texts(&VzM2mTokenCredentials::new("not-a-real-session")),
            debug_texts(&SessionTokenCredentials::new(Thingspace::SESSION_TOKEN)),
            debug_texts(&login),
            debug_texts(session),
            debug_texts(&session.status()),
            debug_texts(&session_token),
            debug_texts(&oauth_token),
            debug_texts(
                &client
                    .with_configuration(|settings| settings.thingspace_oauth_token(oauth_token))
                    .unwrap(),
            ),
        ],
    );
}

#[tokio::test]
async fn failures_show_no_secret() {
    let api = Thingspace::start();
    let wrong = |secret: &str, password: &str| {
        let builder = builder(&api)
            .thingspace_oauth_credentials(ThingspaceOAuthCredentials::new(Thingspace::OAUTH_CLIENT_ID, secret))
            .vz_m2m_token_credentials(VzM2mTokenCredentials::log_in(LogIn::new(
                Thingspace::USERNAME,
                password,
            )));
        builder.build().unwrap()
    };
    let rejected = account(&wrong("wrong-secret", Thingspace::PASSWORD)).await.unwrap_err();
    let failed_login = account(&wrong(Thingspace::OAUTH_CLIENT_SECRET, "wrong-password")).await;
    let failed_login = failed_login.unwrap_err();
    let client = client(&api);
    account(&client).await.unwrap();
    let fixed_session = client.with_configuration(|settings| {
        settings.vz_m2m_token_credentials(VzM2mTokenCredentials::new("not-a-real-session"))
    });
    let expired = account(&fixed_session.unwrap()).await.unwrap_err();
    let missing = client.accounts().get_account("0").send().await.unwrap_err();
    assert_no_secret(
        &api,
        &[
            error_texts(&rejected),
            error_texts(&failed_login),
            error_texts(&expired),
            error_texts(&missing),
        ],
    );
}
