//! Tokens: shared by all calls, and replaced after a rejection.

use emulations::Multiauth;
use evergrant_sdk::http::StatusCode;
use evergrant_testing::MockResponse;
use multiauth::{Error, OAuthCcgCredentials, Token};

use crate::common::{builder, client_with, last_call, sign_in};
use crate::schemes::{Operation, Scheme, ccg};

#[tokio::test]
async fn concurrent_calls_share_one_token_request() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Ccg]);
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
async fn token_requests_follow_the_description() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Ccg, Scheme::Acg, Scheme::Ropcg]);
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
async fn a_revoked_token_causes_one_renewal_and_one_replay() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Ccg]);
    Operation::GetStatus.call(&client).await.unwrap();
    multiauth.auth().revoke_all();
    assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
    let statuses: Vec<_> = multiauth.api_requests().iter().map(|call| call.status).collect();
    let (ok, unauthorized) = (Some(StatusCode::OK), Some(StatusCode::UNAUTHORIZED));
    assert_eq!(statuses, [ok, unauthorized, ok]);
    assert_eq!(multiauth.auth().token_requests(), 2);
}

#[tokio::test]
async fn the_revoked_token_of_a_user_is_renewed() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Acg, Scheme::Ropcg]);
    Operation::GetUser.call(&client).await.unwrap();
    multiauth.auth().revoke_all();
    assert_eq!(Operation::GetUser.call(&client).await.unwrap(), "passed");
    assert_eq!(multiauth.api_requests().len(), 3);
    let renewal = multiauth.auth().last_token_request();
    assert_eq!(renewal.form_value("grant_type").as_deref(), Some("refresh_token"));
}

#[tokio::test]
async fn a_second_rejection_is_returned() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Ccg]);
    multiauth.api().always(MockResponse::new(401).body("rejected"));
    let failure = Operation::GetStatus.call(&client).await.unwrap_err();
    assert_eq!(failure.text.as_deref(), Some("rejected"));
    assert_eq!(
        (multiauth.auth().token_requests(), multiauth.api_requests().len()),
        (2, 2)
    );
}

#[tokio::test]
async fn a_corrected_secret_is_used_immediately() {
    let multiauth = Multiauth::start();
    let wrong = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, "not-a-real-wrong-secret");
    let client = builder(&multiauth).oauth_ccg_credentials(wrong).build().unwrap();
    let failure = Operation::GetStatus.call(&client).await.unwrap_err();
    assert!(matches!(&failure.error, Error::OAuthProvider(rejection) if rejection.code() == Some("invalid_client")));
    let right = client
        .with_configuration(|builder| builder.oauth_ccg_credentials(ccg()))
        .unwrap();
    assert_eq!(Operation::GetStatus.call(&right).await.unwrap(), "passed");
    Operation::GetStatus.call(&client).await.unwrap_err();
    assert_eq!(multiauth.auth().token_requests(), 2);
}

#[tokio::test]
async fn a_client_with_other_settings_shares_the_token() {
    let multiauth = Multiauth::start();
    let first = client_with(&multiauth, &[Scheme::Ccg]);
    Operation::GetStatus.call(&first).await.unwrap();
    let second =
        first.with_configuration(|builder| Scheme::Custom.configure(builder).timeout(std::time::Duration::ZERO));
    let second = second.unwrap();
    Operation::GetStatus.call(&second).await.unwrap();
    Operation::CustomAuthentication.call(&second).await.unwrap();
    Operation::CustomAuthentication.call(&first).await.unwrap_err();
    assert_eq!(multiauth.auth().token_requests(), 1);
}

#[tokio::test]
async fn a_token_from_the_application_is_replaced_when_it_is_rejected() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Ccg]);
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
async fn with_fallback_the_next_alternative_is_used_during_an_outage() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Ccg, Scheme::Bearer]);
    multiauth.auth().stop();
    let failure = Operation::OAuthOrCombination.call(&client).await.unwrap_err();
    assert!(failure.error.is_retryable(), "{}", failure.error);
    let with_fallback = client.with_configuration(|builder| builder.with_fallback()).unwrap();
    assert_eq!(
        Operation::OAuthOrCombination.call(&with_fallback).await.unwrap(),
        "passed"
    );
    assert_eq!(multiauth.api_requests().len(), 1);
}

#[tokio::test]
async fn a_rejected_secret_causes_no_fallback() {
    let multiauth = Multiauth::start();
    let wrong = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, "not-a-real-wrong-secret");
    let builder = Scheme::Bearer
        .configure(builder(&multiauth))
        .oauth_ccg_credentials(wrong);
    let client = builder.with_fallback().build().unwrap();
    let failure = Operation::OAuthOrCombination.call(&client).await.unwrap_err();
    assert!(matches!(failure.error, Error::OAuthProvider(_)), "{}", failure.error);
    assert!(multiauth.api_requests().is_empty());
}
