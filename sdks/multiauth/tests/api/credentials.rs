//! What OAuth credentials can be told besides who is calling.

use std::time::Duration;

use emulations::Multiauth;
use evergrant_sdk::{ClientAuth, evergrant};
use evergrant_testing::{AuthServer, ExpiresIn};
use multiauth::{BuildError, Environment, OAuthAcgCredentials, OAuthCcgCredentials, OAuthRopcgCredentials};

use crate::common::{bare, sign_in};
use crate::schemes::{Operation, Scheme, acg, ccg, ropcg};

#[tokio::test]
async fn the_client_may_authenticate_in_the_form() {
    let multiauth = Multiauth::start();
    let credentials = ccg().client_auth(ClientAuth::Post);
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
    let request = multiauth.auth().last_token_request();
    assert_eq!(request.header("authorization"), None);
    assert_eq!(
        request.form_value("client_secret").as_deref(),
        Some(Multiauth::CCG_CLIENT_SECRET)
    );
}

#[tokio::test]
async fn endpoints_of_the_applications_own_go_above_the_descriptions() {
    let multiauth = Multiauth::start();
    let elsewhere = AuthServer::builder()
        .public_client("desk")
        .redirect_uri("desk", "http://127.0.0.1/callback")
        .user("jane", "not-a-real-password")
        .start();
    let url = elsewhere.token_url();
    let program = OAuthCcgCredentials::public("desk").token_url(&url);
    let user = OAuthRopcgCredentials::public("desk", "jane", "not-a-real-password").token_url(&url);
    let signed_in = OAuthAcgCredentials::public("desk", "http://127.0.0.1:8000/callback")
        .token_url(&url)
        .authorization_url(elsewhere.authorization_url());
    let builder = bare(&multiauth)
        .oauth_ccg_credentials(program)
        .oauth_ropcg_credentials(user);
    let client = builder.oauth_acg_credentials(signed_in).build().unwrap();

    client.oauth_ccg_manager().unwrap().token().await.unwrap();
    client.oauth_ropcg_manager().unwrap().token().await.unwrap();
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = elsewhere.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await.unwrap();
    assert_eq!(elsewhere.token_requests(), 3);
    assert!(
        elsewhere
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
    assert!(multiauth.auth_requests().is_empty());
}

#[tokio::test]
async fn scopes_are_asked_for_and_a_lack_is_an_error_if_that_was_asked_for() {
    let multiauth = Multiauth::start();
    let credentials = ropcg().scopes([Multiauth::READ_SCOPE]);
    let client = bare(&multiauth).oauth_ropcg_credentials(credentials).build().unwrap();
    let token = client.oauth_ropcg_manager().unwrap().token().await.unwrap();
    assert!(token.scopes().unwrap().contains(Multiauth::READ_SCOPE));
    let scope = multiauth.auth().last_token_request().form_value("scope");
    assert_eq!(scope.as_deref(), Some(Multiauth::READ_SCOPE));

    multiauth.auth().grant_scopes(&["profile"]);
    let lenient = bare(&multiauth).oauth_acg_credentials(acg()).build().unwrap();
    sign_in(&multiauth, &lenient).await;
    let strict = bare(&multiauth)
        .oauth_acg_credentials(acg().strict_scopes())
        .build()
        .unwrap();
    let sign_in = strict.oauth_acg_manager().unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = multiauth.auth().visit(request.url().as_str());
    let error = sign_in.finish(&request, &redirect).await.unwrap_err();
    assert!(matches!(error, evergrant::Error::TokenResponse(_)), "{error}");
    assert!(error.to_string().contains(Multiauth::READ_SCOPE), "{error}");
}

#[tokio::test]
async fn further_parameters_are_sent_with_each_request_for_a_token() {
    let multiauth = Multiauth::start();
    let credentials = ccg().configure(|tokens| tokens.audience("https://api.example.com").param("tier", "gold"));
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    Operation::GetStatus.call(&client).await.unwrap();
    multiauth.auth().revoke_all();
    Operation::GetStatus.call(&client).await.unwrap();
    for request in multiauth.auth_requests() {
        assert_eq!(
            request.form_value("audience").as_deref(),
            Some("https://api.example.com")
        );
        assert_eq!(request.form_value("tier").as_deref(), Some("gold"));
    }
    assert_eq!(multiauth.auth().token_requests(), 2);
}

#[tokio::test]
async fn lifetimes_are_understood_however_the_server_tells_them() {
    let multiauth = Multiauth::start();
    for expires_in in [
        ExpiresIn::Seconds,
        ExpiresIn::Text,
        ExpiresIn::Float,
        ExpiresIn::Absent,
        ExpiresIn::UnixExpiry,
    ] {
        multiauth.auth().expires_in(expires_in);
        multiauth.auth().reset_records();
        let client = bare(&multiauth).oauth_ccg_credentials(ccg()).build().unwrap();
        for _ in 0..2 {
            assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
        }
        assert_eq!(multiauth.auth().token_requests(), 1);
    }
}

#[test]
fn a_scope_that_cannot_be_one_is_an_error_of_the_build() {
    let multiauth = Multiauth::start();
    let credentials = ccg().scopes(["read \"all\""]);
    let error = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap_err();
    assert!(matches!(error, BuildError::InvalidScope { .. }), "{error}");
}

#[tokio::test]
async fn credentials_and_settings_are_read_back_but_for_secrets() {
    let multiauth = Multiauth::start();
    let builder = Scheme::ALL
        .iter()
        .fold(bare(&multiauth), |builder, scheme| scheme.give(builder));
    let client = builder.timeout(Duration::from_secs(7)).build().unwrap();
    assert_eq!(client.environment(), Environment::Testing);
    assert_eq!(client.timeout(), Duration::from_secs(7));
    assert!(client.base_url().unwrap().starts_with(&multiauth.api_url()));

    let basic = client.basic_auth_credentials().unwrap();
    assert_eq!(basic.username(), Multiauth::BASIC_USERNAME);
    let acg = client.oauth_acg_credentials().unwrap();
    assert_eq!(acg.get_client_id(), Multiauth::ACG_CLIENT_ID);
    assert_eq!(acg.get_redirect_uri(), Some(Multiauth::ACG_REDIRECT_URI));
    assert!(acg.get_scopes().contains(Multiauth::READ_SCOPE));
    let ropcg = client.oauth_ropcg_credentials().unwrap();
    assert_eq!(ropcg.get_client_id(), Multiauth::ROPCG_CLIENT_ID);
    assert_eq!(ropcg.get_username(), Some(Multiauth::ROPCG_USERNAME));
    let ccg = client.oauth_ccg_credentials().unwrap();
    assert_eq!(
        (ccg.get_client_id(), ccg.is_manual()),
        (Multiauth::CCG_CLIENT_ID, false)
    );
    assert_eq!(ccg.get_clock_skew(), None);

    // What was read back can be given again, with a change.
    let changed = ccg.manual().clock_skew(Duration::from_secs(30));
    assert_eq!(
        (changed.get_clock_skew(), changed.is_manual()),
        (Some(Duration::from_secs(30)), true)
    );
    let shown = format!("{client:?} {basic:?} {acg:?} {ropcg:?} {changed:?}");
    assert!(!shown.contains("not-a-real"), "{shown}");
    let nothing = bare(&multiauth).build().unwrap();
    assert!(nothing.oauth_ccg_credentials().is_none() && nothing.basic_auth_credentials().is_none());
}
