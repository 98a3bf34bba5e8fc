//! Nothing that is shown has a secret in it.

use std::fmt::{Debug, Display};

use emulations::Thingspace;
use thingspace::models::LogIn;
use thingspace::{SessionTokenCredentials, ThingspaceOAuthCredentials, VzM2mTokenCredentials};

use crate::common::{account, builder, client, log_in, oauth, oauth1};

/// Looks for every secret in what is shown of things.
fn hides(api: &Thingspace, shown: &[String]) {
    let sent = [api.api_requests(), api.auth_requests()].concat();
    let of = |name: &'static str| sent.iter().filter_map(move |request| request.header(name));
    let tokens = of("authorization").filter_map(|header| header.split(' ').nth(1));
    let known = [
        Thingspace::OAUTH_CLIENT_SECRET,
        Thingspace::OAUTH1_CLIENT_SECRET,
        Thingspace::SESSION_TOKEN,
        Thingspace::PASSWORD,
        "not-a-real-session",
        "wrong-secret",
        "wrong-password",
    ];
    for secret in tokens.chain(of("vz-m2m-token")).chain(known) {
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
    let api = Thingspace::start();
    let client = client(&api);
    account(&client).await.unwrap();
    let session = client.vz_m2m_token_manager().unwrap();
    let session_token = session.token().await.unwrap();
    let oauth_token = client.thingspace_oauth_manager().unwrap().token().await.unwrap();
    let login = LogIn::new(Thingspace::USERNAME, Thingspace::PASSWORD);
    hides(
        &api,
        &[
            shown(&client),
            shown(&client.accounts()),
            shown(&client.accounts().get_account(Thingspace::ACCOUNT)),
            shown(&client.session_management().start_session(&login)),
            shown(&oauth().token(oauth_token.clone())),
            shown(&oauth1()),
            shown(&log_in()),
            shown(&VzM2mTokenCredentials::new("not-a-real-session")),
            shown(&SessionTokenCredentials::new(Thingspace::SESSION_TOKEN)),
            shown(&login),
            shown(session),
            shown(&session.status()),
            shown(&session_token),
            shown(&oauth_token),
            shown(
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
    let refused = account(&wrong("wrong-secret", Thingspace::PASSWORD)).await.unwrap_err();
    let no_login = account(&wrong(Thingspace::OAUTH_CLIENT_SECRET, "wrong-password")).await;
    let no_login = no_login.unwrap_err();
    let client = client(&api);
    account(&client).await.unwrap();
    let fixed = client.with_configuration(|settings| {
        settings.vz_m2m_token_credentials(VzM2mTokenCredentials::new("not-a-real-session"))
    });
    let expired = account(&fixed.unwrap()).await.unwrap_err();
    let missing = client.accounts().get_account("0").send().await.unwrap_err();
    hides(&api, &[told(&refused), told(&no_login), told(&expired), told(&missing)]);
}
