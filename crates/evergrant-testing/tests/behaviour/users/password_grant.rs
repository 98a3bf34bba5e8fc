//! Users, the `password` grant, and users at the other endpoints.

use evergrant_testing::{MockResponse, RefreshTokens};
use reqwest::Client;
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn the_password_grant_issues_tokens() {
    let auth = with_user().start();
    let body = by_password(&auth, &WEB, "books.read").await;
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&"Bearer".into(), &3600.into(), &"books.read".into())
    );
    assert!(body["refresh_token"].is_string());
    assert_eq!((auth.token_requests(), auth.tokens_granted()), (1, 1));
}

#[tokio::test]
async fn a_wrong_user_or_password_is_invalid_grant() {
    let auth = with_user().start();
    for (username, password) in [(USERNAME, "wrong"), ("nobody", PASSWORD), (USERNAME, "other")] {
        let form = [
            ("grant_type", "password"),
            ("username", username),
            ("password", password),
        ];
        assert_eq!(rejection(&auth, &WEB, &form).await, invalid_grant());
    }
    let incomplete = [("grant_type", "password"), ("username", USERNAME)];
    assert_eq!(rejection(&auth, &WEB, &incomplete).await.1, "invalid_request");
    let right = [
        ("grant_type", "password"),
        ("username", USERNAME),
        ("password", PASSWORD),
    ];
    assert_eq!(
        rejection(&auth, &[("client_id", "web")], &right).await.0,
        401,
        "the client must authenticate too"
    );
    let scope = [&right[..], &[("scope", "admin")]].concat();
    assert_eq!(rejection(&auth, &WEB, &scope).await.1, "invalid_scope");
    assert_eq!(auth.tokens_granted(), 0);
}

#[tokio::test]
async fn registering_a_user_again_replaces_the_password() {
    let auth = with_user().user(USERNAME, "next").start();
    let form = |password| {
        [
            ("grant_type", "password"),
            ("username", USERNAME),
            ("password", password),
        ]
    };
    assert_eq!(rejection(&auth, &WEB, &form(PASSWORD)).await, invalid_grant());
    assert_eq!(token(&auth, &WEB, &form("next")).await.0, 200);
}

#[tokio::test]
async fn introspection_and_the_api_return_the_username() {
    let auth = with_user().start();
    let describe = async |token: &str| {
        let (_, introspected) = post(&auth, "/introspect", &WEB, &[("token", token)]).await;
        let server = auth.api();
        let response = Client::new().get(server.url("/me")).bearer_auth(token).send();
        let api: Value = response.await.unwrap().json().await.unwrap();
        (introspected, api)
    };
    let (introspected, api) = describe(&text(&by_password(&auth, &APP, "").await, "access_token")).await;
    assert_eq!(
        (&introspected["username"], &api["username"]),
        (&USERNAME.into(), &USERNAME.into())
    );
    assert_eq!(
        (&introspected["client_id"], &api["client_id"]),
        (&"app".into(), &"app".into())
    );

    let (_, own) = token(&auth, &WEB, &[("grant_type", "client_credentials")]).await;
    assert!(
        own.get("refresh_token").is_none(),
        "client credentials issue no refresh token"
    );
    let (introspected, api) = describe(&text(&own, "access_token")).await;
    assert!(introspected["active"] == true && introspected.get("username").is_none());
    assert!(api["client_id"] == "web" && api.get("username").is_none());
}

#[tokio::test]
async fn disabled_grants_are_unsupported_and_not_in_the_metadata() {
    let metadata = async |auth: &AuthServer| {
        let url = auth.url("/.well-known/oauth-authorization-server");
        let metadata: Value = Client::new().get(url).send().await.unwrap().json().await.unwrap();
        metadata
    };
    let auth = clients().start();
    for grant_type in ["password", "authorization_code", "refresh_token"] {
        let (status, code) = rejection(&auth, &WEB, &[("grant_type", grant_type)]).await;
        assert_eq!((status, code.as_str()), (400, "unsupported_grant_type"), "{grant_type}");
    }
    let without = metadata(&auth).await;
    assert_eq!(without["grant_types_supported"], json!(["client_credentials"]));
    assert_eq!(without["response_types_supported"], json!([]));
    assert!(without.get("authorization_endpoint").is_none());
    assert!(without.get("code_challenge_methods_supported").is_none());

    let with_user = metadata(&with_user().start()).await;
    assert_eq!(
        with_user["grant_types_supported"],
        json!(["client_credentials", "password", "refresh_token"])
    );
    assert!(with_user.get("authorization_endpoint").is_none());

    let auth = with_sign_in().refresh_tokens(RefreshTokens::None).start();
    let with_sign_in = metadata(&auth).await;
    assert_eq!(
        with_sign_in["grant_types_supported"],
        json!(["client_credentials", "authorization_code", "password"])
    );
    assert_eq!(with_sign_in["authorization_endpoint"], auth.authorization_url());
    assert_eq!(with_sign_in["response_types_supported"], json!(["code"]));
    assert_eq!(with_sign_in["code_challenge_methods_supported"], json!(["S256"]));
}

#[tokio::test]
async fn faults_and_counts_apply_only_to_the_token_endpoint() {
    let auth = with_sign_in().start();
    auth.always(MockResponse::new(503));
    let hold = auth.hold();
    let code = sign_in(&auth, &[]);
    hold.release();
    assert!(!code.is_empty() && auth.token_requests() == 0 && auth.requests().len() == 1);
    auth.recover();
    auth.respond_without("refresh_token");
    assert!(by_password(&auth, &WEB, "").await.get("refresh_token").is_none());
    assert_eq!((auth.token_requests(), auth.failed_token_requests()), (1, 0));
}

#[tokio::test]
async fn debug_output_has_no_password() {
    let builder = with_user();
    assert!(!format!("{builder:?}").contains(PASSWORD));
    let auth = builder.start();
    by_password(&auth, &WEB, "").await;
    assert!(!format!("{auth:?} {:?}", auth.requests()).contains("password"));
}
