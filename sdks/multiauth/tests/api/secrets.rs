//! No secret in any `Debug` output or message, nor in what is logged.

use std::fmt::Debug;

use emulations::Multiauth;
use evergrant_testing::{Answer, Fault, LogCapture};
use multiauth::{Client, ClientBuilder, OAuthCcgCredentials, Token};

use crate::common::{bare, sign_in, with};
use crate::schemes::{Operation, Scheme, acg, basic, bearer, ccg, custom, header, query, ropcg};

/// All secrets of the emulation have this in them, and so have those made up here.
const SECRET: &str = "not-a-real";

#[track_caller]
fn assert_silent(shown: &dyn Debug) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn debug_shows_the_shape_alone() {
    let multiauth = Multiauth::start();
    let give = |builder: ClientBuilder, scheme: &Scheme| scheme.give(builder);
    let stored = Token::new("not-a-real-token").with_refresh_token("not-a-real-refresh-token");
    let builder = Scheme::ALL
        .iter()
        .fold(bare(&multiauth), give)
        .oauth_acg_token(stored.clone());
    assert_silent(&builder);
    let client = builder.build().unwrap();
    assert_silent(&client);
    assert_silent(&(client.authentication(), client.oauth_authorization()));
    assert_silent(&client.authentication().multiple_auth_combination());
    assert_silent(&stored);
    assert_silent(&(basic(), query(), header(), bearer(), custom()));
    assert_silent(&(
        ccg().token(stored.clone()),
        acg().token(stored.clone()),
        ropcg().token(stored),
    ));
    for manager in [
        client.oauth_ccg_manager(),
        client.oauth_acg_manager(),
        client.oauth_ropcg_manager(),
    ] {
        let manager = manager.unwrap();
        assert_silent(&(manager, manager.status()));
    }
    assert_silent(&client.oauth_acg_manager().unwrap().sign_in());
}

#[tokio::test]
async fn answers_and_errors_show_none() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &Scheme::ALL);
    let wrong = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, "not-a-real-wrong-secret");
    let wrong = client
        .with_configuration(|builder| builder.oauth_ccg_credentials(wrong))
        .unwrap();
    let show = async |client: &Client, operation: Operation| {
        let failure = operation.call(client).await.unwrap_err();
        assert!(!failure.error.to_string().contains(SECRET), "{}", failure.error);
        assert_silent(&failure.error);
    };
    show(&wrong, Operation::GetStatus).await;
    show(&bare(&multiauth).build().unwrap(), Operation::GetStatus).await;
    assert_silent(&client.oauth_acg_manager().unwrap().token().await);
    for operation in Operation::ALL {
        let repeated = "what was sent was not-a-real-secret";
        multiauth
            .api()
            .next(Answer::new(500).header("x-echo", repeated).body(repeated));
        show(&client, operation).await;
        multiauth.api().next_n(3, Fault::Disconnect);
        show(&client, operation).await;
        multiauth.api().recover();
        multiauth
            .api()
            .next(Answer::new(302).header("location", "http://127.0.0.1:1/?key=not-a-real-key"));
        show(&client, operation).await;
    }
    // A token endpoint that repeats what it was sent.
    let repeated = format!(
        r#"{{"error":"invalid_request","error_description":"{}"}}"#,
        Multiauth::CCG_CLIENT_SECRET
    );
    multiauth.auth().always(Answer::new(400).json(&repeated));
    let fresh = client
        .with_configuration(|builder| builder.oauth_ccg_credentials(ccg()))
        .unwrap();
    show(&fresh, Operation::GetStatus).await;
}

#[tokio::test]
async fn logs_show_none() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &Scheme::ALL);
    let user = sign_in(&multiauth, &client).await;
    for operation in Operation::ALL {
        operation.call(&client).await.unwrap();
    }
    multiauth.auth().revoke_all();
    Operation::GetStatus.call(&client).await.unwrap();
    assert!(!logs.named("evergrant.renewed").is_empty());
    assert!(!logs.mention(SECRET));
    let tokens = [client.oauth_ccg_manager(), client.oauth_ropcg_manager()].map(Option::unwrap);
    for token in [tokens[0].token().await.unwrap(), tokens[1].token().await.unwrap(), user] {
        assert!(!logs.mention(token.access_token().expose()));
    }
}
