//! Debug output, error messages and logs contain no secret.

use std::fmt::Debug;

use emulations::Multiauth;
use evergrant_testing::{Fault, LogCapture, MockResponse};
use multiauth::{Client, ClientBuilder, OAuthCcgCredentials, Token};

use crate::common::{builder, client_with, sign_in};
use crate::schemes::{Operation, Scheme, acg, basic, bearer, ccg, custom, header, query, ropcg};

/// All secrets of the emulation and of these tests contain this text.
const SECRET: &str = "not-a-real";

#[track_caller]
fn assert_no_secret(value: &dyn Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn debug_output_shows_no_secret() {
    let multiauth = Multiauth::start();
    let configure = |builder: ClientBuilder, scheme: &Scheme| scheme.configure(builder);
    let stored = Token::new("not-a-real-token").with_refresh_token("not-a-real-refresh-token");
    let builder = Scheme::ALL
        .iter()
        .fold(builder(&multiauth), configure)
        .oauth_acg_token(stored.clone());
    assert_no_secret(&builder);
    let client = builder.build().unwrap();
    assert_no_secret(&client);
    assert_no_secret(&(client.authentication(), client.oauth_authorization()));
    assert_no_secret(&client.authentication().multiple_auth_combination());
    assert_no_secret(&stored);
    assert_no_secret(&(basic(), query(), header(), bearer(), custom()));
    assert_no_secret(&(
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
        assert_no_secret(&(manager, manager.status()));
    }
    assert_no_secret(&client.oauth_acg_manager().unwrap().sign_in());
}

#[tokio::test]
async fn responses_and_errors_show_no_secret() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &Scheme::ALL);
    let wrong = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, "not-a-real-wrong-secret");
    let wrong = client
        .with_configuration(|builder| builder.oauth_ccg_credentials(wrong))
        .unwrap();
    let assert_failure = async |client: &Client, operation: Operation| {
        let failure = operation.call(client).await.unwrap_err();
        assert!(!failure.error.to_string().contains(SECRET), "{}", failure.error);
        assert_no_secret(&failure.error);
    };
    assert_failure(&wrong, Operation::GetStatus).await;
    assert_failure(&builder(&multiauth).build().unwrap(), Operation::GetStatus).await;
    assert_no_secret(&client.oauth_acg_manager().unwrap().token().await);
    for operation in Operation::ALL {
        let echo = "received not-a-real-secret";
        multiauth
            .api()
            .next(MockResponse::new(500).header("x-echo", echo).body(echo));
        assert_failure(&client, operation).await;
        multiauth.api().next_n(3, Fault::Disconnect);
        assert_failure(&client, operation).await;
        multiauth.api().recover();
        multiauth
            .api()
            .next(MockResponse::new(302).header("location", "http://127.0.0.1:1/?key=not-a-real-key"));
        assert_failure(&client, operation).await;
    }
    // The token endpoint repeats the secret in its response.
    let echo = format!(
        r#"{{"error":"invalid_request","error_description":"{}"}}"#,
        Multiauth::CCG_CLIENT_SECRET
    );
    multiauth.auth().always(MockResponse::new(400).json(&echo));
    let new_credentials = client
        .with_configuration(|builder| builder.oauth_ccg_credentials(ccg()))
        .unwrap();
    assert_failure(&new_credentials, Operation::GetStatus).await;
}

#[tokio::test]
async fn logs_show_no_secret() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &Scheme::ALL);
    let user = sign_in(&multiauth, &client).await;
    for operation in Operation::ALL {
        operation.call(&client).await.unwrap();
    }
    multiauth.auth().revoke_all();
    Operation::GetStatus.call(&client).await.unwrap();
    assert!(!logs.by_name("evergrant.renewed").is_empty());
    assert!(!logs.contains(SECRET));
    let tokens = [client.oauth_ccg_manager(), client.oauth_ropcg_manager()].map(Option::unwrap);
    for token in [tokens[0].token().await.unwrap(), tokens[1].token().await.unwrap(), user] {
        assert!(!logs.contains(token.access_token().expose()));
    }
}
