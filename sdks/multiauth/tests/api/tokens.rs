//! The life of tokens that look after themselves: had once, shared, renewed when the API no longer takes them.

use emulations::Multiauth;
use evergrant_sdk::http::StatusCode;
use evergrant_testing::Answer;
use multiauth::{Error, OAuthCcgCredentials, Token};

use crate::common::{bare, last_call, sign_in, with};
use crate::schemes::{Operation, Scheme, ccg};

#[tokio::test]
async fn many_callers_share_one_token_request() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Ccg]);
    let calls = (0..40).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { Operation::GetStatus.call(&client).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap(), "passed");
    }
    let other = client
        .oauth_authorization()
        .oauth_or_combination()
        .send()
        .await
        .unwrap();
    assert_eq!(other.as_str(), "passed");
    assert_eq!(
        (multiauth.auth().token_requests(), multiauth.api_requests().len()),
        (1, 41)
    );
}

#[tokio::test]
async fn the_token_request_is_as_the_description_says() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Ccg, Scheme::Acg, Scheme::Ropcg]);
    Operation::GetStatus.call(&client).await.unwrap();
    let request = multiauth.auth().last_token_request();
    assert_eq!(request.path, "/request_token");
    assert_eq!(
        request.form(),
        [("grant_type".to_owned(), "client_credentials".to_owned())]
    );
    assert!(request.header("authorization").unwrap().starts_with("Basic "));

    sign_in(&multiauth, &client).await;
    let request = multiauth.auth().last_token_request();
    assert_eq!(request.path, "/oauth2/non-auth-server/token");
    assert_eq!(request.form_value("grant_type").as_deref(), Some("authorization_code"));

    Operation::GetUser.call(&client).await.unwrap();
    let request = multiauth.auth().last_token_request();
    assert_eq!(request.path, "/oauth2/non-auth-server/token");
    assert_eq!(request.form_value("grant_type").as_deref(), Some("password"));
    assert_eq!(
        request.form_value("username").as_deref(),
        Some(Multiauth::ROPCG_USERNAME)
    );
    assert_eq!(request.form_value("scope"), None);
}

#[tokio::test]
async fn a_revoked_token_costs_one_renewal_and_one_replay() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Ccg]);
    Operation::GetStatus.call(&client).await.unwrap();
    multiauth.auth().revoke_all();
    assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
    let statuses: Vec<_> = multiauth.api_requests().iter().map(|call| call.status).collect();
    let (ok, refused) = (Some(StatusCode::OK), Some(StatusCode::UNAUTHORIZED));
    assert_eq!(statuses, [ok, refused, ok]);
    assert_eq!(multiauth.auth().token_requests(), 2);
}

#[tokio::test]
async fn a_users_revoked_token_is_renewed_likewise() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Acg, Scheme::Ropcg]);
    Operation::GetUser.call(&client).await.unwrap();
    multiauth.auth().revoke_all();
    assert_eq!(Operation::GetUser.call(&client).await.unwrap(), "passed");
    assert_eq!(multiauth.api_requests().len(), 3);
    let renewal = multiauth.auth().last_token_request();
    assert_eq!(renewal.form_value("grant_type").as_deref(), Some("refresh_token"));
}

#[tokio::test]
async fn an_api_that_goes_on_refusing_is_told_of() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Ccg]);
    multiauth.api().always(Answer::new(401).body("go away"));
    let failure = Operation::GetStatus.call(&client).await.unwrap_err();
    assert_eq!(failure.text.as_deref(), Some("go away"));
    assert_eq!(
        (multiauth.auth().token_requests(), multiauth.api_requests().len()),
        (2, 2)
    );
}

#[tokio::test]
async fn a_secret_that_is_put_right_is_used_at_once() {
    let multiauth = Multiauth::start();
    let wrong = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, "not-a-real-wrong-secret");
    let client = bare(&multiauth).oauth_ccg_credentials(wrong).build().unwrap();
    let failure = Operation::GetStatus.call(&client).await.unwrap_err();
    assert!(matches!(&failure.error, Error::OAuthProvider(refusal) if refusal.code() == Some("invalid_client")));
    let right = client
        .with_configuration(|builder| builder.oauth_ccg_credentials(ccg()))
        .unwrap();
    assert_eq!(Operation::GetStatus.call(&right).await.unwrap(), "passed");
    Operation::GetStatus.call(&client).await.unwrap_err();
    assert_eq!(multiauth.auth().token_requests(), 2);
}

#[tokio::test]
async fn other_settings_leave_the_token_as_it_is() {
    let multiauth = Multiauth::start();
    let first = with(&multiauth, &[Scheme::Ccg]);
    Operation::GetStatus.call(&first).await.unwrap();
    let second = first.with_configuration(|builder| Scheme::Custom.give(builder).timeout(std::time::Duration::ZERO));
    let second = second.unwrap();
    Operation::GetStatus.call(&second).await.unwrap();
    Operation::CustomAuthentication.call(&second).await.unwrap();
    Operation::CustomAuthentication.call(&first).await.unwrap_err();
    assert_eq!(multiauth.auth().token_requests(), 1);
}

#[tokio::test]
async fn a_token_of_the_applications_own_is_renewed_when_it_is_refused() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Ccg]);
    let made_up = Token::new("not-a-real-token");
    let client = client
        .with_configuration(|builder| builder.oauth_ccg_token(made_up))
        .unwrap();
    assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
    assert_eq!(
        (multiauth.auth().token_requests(), multiauth.api_requests().len()),
        (1, 2)
    );
    let token = last_call(&multiauth).header("authorization").unwrap().to_owned();
    let current = client.oauth_ccg_manager().unwrap().token().await.unwrap();
    assert_eq!(token, format!("Bearer {}", current.access_token().expose()));
}

#[tokio::test]
async fn in_an_outage_the_next_alternative_is_taken_if_that_was_asked_for() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Ccg, Scheme::Bearer]);
    multiauth.auth().stop();
    let failure = Operation::OAuthOrCombination.call(&client).await.unwrap_err();
    assert!(failure.error.is_retryable(), "{}", failure.error);
    let trying = client.with_configuration(|builder| builder.with_fallback()).unwrap();
    assert_eq!(Operation::OAuthOrCombination.call(&trying).await.unwrap(), "passed");
    assert_eq!(multiauth.api_requests().len(), 1);
}

#[tokio::test]
async fn a_refused_secret_is_no_reason_to_go_on_with_another_alternative() {
    let multiauth = Multiauth::start();
    let wrong = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, "not-a-real-wrong-secret");
    let builder = Scheme::Bearer.give(bare(&multiauth)).oauth_ccg_credentials(wrong);
    let client = builder.with_fallback().build().unwrap();
    let failure = Operation::OAuthOrCombination.call(&client).await.unwrap_err();
    assert!(matches!(failure.error, Error::OAuthProvider(_)), "{}", failure.error);
    assert!(multiauth.api_requests().is_empty());
}
