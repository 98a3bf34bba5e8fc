//! Refresh tokens of each kind.

use evergrant_testing::RefreshTokens;
use serde_json::Value;

use super::*;

fn form<'a>(refresh_token: &'a str, scope: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
        ("scope", scope),
    ]
}

async fn refreshed(auth: &AuthServer, client: &[(&str, &str)], refresh_token: &str) -> Value {
    let (status, body) = token(auth, client, &form(refresh_token, "")).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn a_rotating_refresh_token_is_good_once_and_brings_the_next() {
    let auth = with_user().start();
    let first = by_password(&auth, &APP, "books.read").await;
    let second = refreshed(&auth, &APP, &text(&first, "refresh_token")).await;
    let third = refreshed(&auth, &APP, &text(&second, "refresh_token")).await;
    assert_eq!(third["scope"], "books.read");
    assert!(works(&auth, &text(&third, "access_token")).await);
    assert_eq!(auth.tokens_granted(), 3);
    let used = form(first["refresh_token"].as_str().unwrap(), "");
    assert_eq!(refusal(&auth, &APP, &used).await, invalid_grant());
}

#[tokio::test]
async fn a_used_refresh_token_shown_again_revokes_all_tokens_of_its_sign_in_and_no_others() {
    let auth = with_user().start();
    let first = by_password(&auth, &APP, "").await;
    let others = by_password(&auth, &APP, "").await;
    let second = refreshed(&auth, &APP, &text(&first, "refresh_token")).await;
    let used = text(&first, "refresh_token");
    assert_eq!(refusal(&auth, &APP, &form(&used, "")).await, invalid_grant());
    let current = text(&second, "refresh_token");
    assert_eq!(refusal(&auth, &APP, &form(&current, "")).await, invalid_grant());
    assert!(!works(&auth, &text(&second, "access_token")).await);
    assert!(works(&auth, &text(&others, "access_token")).await);
    refreshed(&auth, &APP, &text(&others, "refresh_token")).await;
}

#[tokio::test]
async fn a_reusable_refresh_token_stays_good_and_brings_no_other() {
    let auth = with_user().refresh_tokens(RefreshTokens::Reusable).start();
    let refresh_token = text(&by_password(&auth, &WEB, "").await, "refresh_token");
    for _ in 0..3 {
        let body = refreshed(&auth, &WEB, &refresh_token).await;
        assert!(body["access_token"].is_string() && body.get("refresh_token").is_none());
    }
}

#[tokio::test]
async fn a_server_without_refresh_tokens_gives_none_and_takes_none() {
    let auth = with_sign_in().refresh_tokens(RefreshTokens::None).start();
    assert!(by_password(&auth, &WEB, "").await.get("refresh_token").is_none());
    let code = sign_in(&auth, &[]);
    let by_code = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let (status, body) = token(&auth, &APP, &by_code).await;
    assert!(status == 200 && body.get("refresh_token").is_none());
    assert_eq!(refusal(&auth, &WEB, &form("any", "")).await.1, "unsupported_grant_type");
}

#[tokio::test]
async fn a_refresh_token_is_good_for_its_own_client_alone() {
    let auth = with_user().start();
    let refresh_token = text(&by_password(&auth, &APP, "").await, "refresh_token");
    assert_eq!(refusal(&auth, &WEB, &form(&refresh_token, "")).await, invalid_grant());
    refreshed(&auth, &APP, &refresh_token).await;
    assert_eq!(refusal(&auth, &APP, &form("made-up", "")).await, invalid_grant());
    let without = [("grant_type", "refresh_token")];
    assert_eq!(refusal(&auth, &APP, &without).await.1, "invalid_request");
}

#[tokio::test]
async fn a_refresh_may_narrow_the_scope_for_its_access_token_and_never_widen_it() {
    let auth = with_user().start();
    let granted = by_password(&auth, &WEB, "books.read orders.read").await;
    let (_, narrowed) = token(&auth, &WEB, &form(&text(&granted, "refresh_token"), "books.read")).await;
    assert_eq!(narrowed["scope"], "books.read");
    let whole = refreshed(&auth, &WEB, &text(&narrowed, "refresh_token")).await;
    assert_eq!(whole["scope"], "books.read orders.read");

    let granted = by_password(&auth, &WEB, "books.read").await;
    let refresh_token = text(&granted, "refresh_token");
    for scope in ["orders.read", "books.read orders.read", "books.read  books.read"] {
        let (status, code) = refusal(&auth, &WEB, &form(&refresh_token, scope)).await;
        assert_eq!((status, code.as_str()), (400, "invalid_scope"), "{scope}");
    }
    refreshed(&auth, &WEB, &refresh_token).await;
}

#[tokio::test]
async fn refresh_and_access_tokens_are_revoked_at_a_word_each_on_their_own() {
    let auth = with_user().start();
    let body = by_password(&auth, &WEB, "").await;
    auth.revoke_all();
    assert!(!works(&auth, &text(&body, "access_token")).await);
    let body = refreshed(&auth, &WEB, &text(&body, "refresh_token")).await;
    auth.revoke_refresh_tokens();
    assert!(works(&auth, &text(&body, "access_token")).await);
    let refresh_token = text(&body, "refresh_token");
    assert_eq!(refusal(&auth, &WEB, &form(&refresh_token, "")).await, invalid_grant());
}

#[tokio::test]
async fn a_client_that_revokes_its_refresh_token_ends_all_tokens_of_the_sign_in() {
    let auth = with_user().start();
    let body = by_password(&auth, &APP, "").await;
    let refresh_token = text(&body, "refresh_token");
    let revoke = [("token", refresh_token.as_str())];
    let (status, refused) = post(&auth, "/revoke", &WEB, &revoke).await;
    assert_eq!((status, text(&refused, "error")), invalid_grant(), "another client's");
    assert!(works(&auth, &text(&body, "access_token")).await);
    assert_eq!(post(&auth, "/revoke", &APP, &revoke).await.0, 200);
    assert!(!works(&auth, &text(&body, "access_token")).await);
    assert_eq!(refusal(&auth, &APP, &form(&refresh_token, "")).await, invalid_grant());
}
