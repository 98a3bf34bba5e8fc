//! Settings of OAuth credentials.

use std::time::Duration;

use emulations::Multiauth;
use evergrant_sdk::{ClientAuthMethod, evergrant};
use evergrant_testing::{AuthServer, ExpiresIn};
use multiauth::{BuildError, Environment, OAuthAcgCredentials, OAuthCcgCredentials, OAuthRopcgCredentials};

use crate::common::{builder, sign_in};
use crate::schemes::{Operation, Scheme, acg, ccg, ropcg};

#[tokio::test]
async fn the_client_can_authenticate_in_the_request_body() {
    let multiauth = Multiauth::start();
    let credentials = ccg().client_auth(ClientAuthMethod::Post);
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
    let request = multiauth.auth().last_token_request();
    assert_eq!(request.header("authorization"), None);
    assert_eq!(
        request.form_value("client_secret").as_deref(),
        Some(Multiauth::CCG_CLIENT_SECRET)
    );
}

#[tokio::test]
async fn custom_endpoints_replace_those_of_the_description() {
    let multiauth = Multiauth::start();
    let other_server = AuthServer::builder()
        .public_client("desk")
        .redirect_uri("desk", "http://127.0.0.1/callback")
        .user("jane", "not-a-real-password")
        .start();
    let url = other_server.token_url();
    let ccg = OAuthCcgCredentials::public("desk").token_url(&url);
    let ropcg = OAuthRopcgCredentials::public("desk", "jane", "not-a-real-password").token_url(&url);
    let acg = OAuthAcgCredentials::public("desk", "http://127.0.0.1:8000/callback")
        .token_url(&url)
        .authorization_url(other_server.authorization_url());
    let builder = builder(&multiauth)
        .oauth_ccg_credentials(ccg)
        .oauth_ropcg_credentials(ropcg);
    let client = builder.oauth_acg_credentials(acg).build().unwrap();

    client.oauth_ccg_manager().unwrap().token().await.unwrap();
    client.oauth_ropcg_manager().unwrap().token().await.unwrap();
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = other_server.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await.unwrap();
    assert_eq!(other_server.token_requests(), 3);
    assert!(
        other_server
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
    assert!(multiauth.auth_requests().is_empty());
}

#[tokio::test]
async fn scopes_are_requested_and_a_missing_one_is_an_error_with_strict_scopes() {
    let multiauth = Multiauth::start();
    let credentials = ropcg().scopes([Multiauth::READ_SCOPE]);
    let client = builder(&multiauth)
        .oauth_ropcg_credentials(credentials)
        .build()
        .unwrap();
    let token = client.oauth_ropcg_manager().unwrap().token().await.unwrap();
    assert!(token.scopes().unwrap().contains(Multiauth::READ_SCOPE));
    let scope = multiauth.auth().last_token_request().form_value("scope");
    assert_eq!(scope.as_deref(), Some(Multiauth::READ_SCOPE));

    multiauth.auth().grant_scopes(&["profile"]);
    let lenient = builder(&multiauth).oauth_acg_credentials(acg()).build().unwrap();
    sign_in(&multiauth, &lenient).await;
    let strict = builder(&multiauth)
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
async fn additional_parameters_are_sent_with_each_token_request() {
    let multiauth = Multiauth::start();
    let credentials = ccg().configure(|tokens| tokens.audience("https://api.example.com").param("tier", "gold"));
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
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
async fn all_forms_of_expires_in_are_understood() {
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
        let client = builder(&multiauth).oauth_ccg_credentials(ccg()).build().unwrap();
        for _ in 0..2 {
            assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
        }
        assert_eq!(multiauth.auth().token_requests(), 1);
    }
}

#[test]
fn an_invalid_scope_is_a_build_error() {
    let multiauth = Multiauth::start();
    let credentials = ccg().scopes(["read \"all\""]);
    let error = builder(&multiauth)
        .oauth_ccg_credentials(credentials)
        .build()
        .unwrap_err();
    assert!(matches!(error, BuildError::InvalidScope { .. }), "{error}");
}

#[tokio::test]
async fn credentials_and_settings_can_be_read_except_secrets() {
    let multiauth = Multiauth::start();
    let client = Scheme::ALL
        .iter()
        .fold(builder(&multiauth), |builder, scheme| scheme.configure(builder))
        .timeout(Duration::from_secs(7))
        .build()
        .unwrap();
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

    // Credentials that were read can be changed and set again.
    let changed = ccg.manual().clock_skew(Duration::from_secs(30));
    assert_eq!(
        (changed.get_clock_skew(), changed.is_manual()),
        (Some(Duration::from_secs(30)), true)
    );
    let text = format!("{client:?} {basic:?} {acg:?} {ropcg:?} {changed:?}");
    assert!(!text.contains("not-a-real"), "{text}");
    let without_credentials = builder(&multiauth).build().unwrap();
    assert!(
        without_credentials.oauth_ccg_credentials().is_none() && without_credentials.basic_auth_credentials().is_none()
    );
}
