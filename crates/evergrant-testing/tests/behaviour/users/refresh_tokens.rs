//! Refresh tokens: rotating, reusable and disabled.

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

async fn refresh(auth: &AuthServer, client: &[(&str, &str)], refresh_token: &str) -> Value {
    let (status, body) = token(auth, client, &form(refresh_token, "")).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn a_rotating_refresh_token_is_single_use() {
    let auth = with_user().start();
    let first = by_password(&auth, &APP, "books.read").await;
    let second = refresh(&auth, &APP, &text(&first, "refresh_token")).await;
    let third = refresh(&auth, &APP, &text(&second, "refresh_token")).await;
    assert_eq!(third["scope"], "books.read");
    assert!(works(&auth, &text(&third, "access_token")).await);
    assert_eq!(auth.tokens_granted(), 3);
    let used = form(first["refresh_token"].as_str().unwrap(), "");
    assert_eq!(rejection(&auth, &APP, &used).await, invalid_grant());
}

#[tokio::test]
async fn reusing_a_refresh_token_revokes_the_tokens_of_its_sign_in() {
    let auth = with_user().start();
    let first = by_password(&auth, &APP, "").await;
    let others = by_password(&auth, &APP, "").await;
    let second = refresh(&auth, &APP, &text(&first, "refresh_token")).await;
    let used = text(&first, "refresh_token");
    assert_eq!(rejection(&auth, &APP, &form(&used, "")).await, invalid_grant());
    let current = text(&second, "refresh_token");
    assert_eq!(rejection(&auth, &APP, &form(&current, "")).await, invalid_grant());
    assert!(!works(&auth, &text(&second, "access_token")).await);
    assert!(works(&auth, &text(&others, "access_token")).await);
    refresh(&auth, &APP, &text(&others, "refresh_token")).await;
}

#[tokio::test]
async fn a_reusable_refresh_token_stays_valid() {
    let auth = with_user().refresh_tokens(RefreshTokens::Reusable).start();
    let refresh_token = text(&by_password(&auth, &WEB, "").await, "refresh_token");
    for _ in 0..3 {
        let body = refresh(&auth, &WEB, &refresh_token).await;
        assert!(body["access_token"].is_string() && body.get("refresh_token").is_none());
    }
}

#[tokio::test]
async fn disabled_refresh_tokens_are_neither_issued_nor_accepted() {
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
    assert_eq!(
        rejection(&auth, &WEB, &form("any", "")).await.1,
        "unsupported_grant_type"
    );
}

#[tokio::test]
async fn a_refresh_token_is_bound_to_its_client() {
    let auth = with_user().start();
    let refresh_token = text(&by_password(&auth, &APP, "").await, "refresh_token");
    assert_eq!(rejection(&auth, &WEB, &form(&refresh_token, "")).await, invalid_grant());
    refresh(&auth, &APP, &refresh_token).await;
    assert_eq!(rejection(&auth, &APP, &form("made-up", "")).await, invalid_grant());
    let without = [("grant_type", "refresh_token")];
    assert_eq!(rejection(&auth, &APP, &without).await.1, "invalid_request");
}

#[tokio::test]
async fn a_refresh_may_narrow_the_scope_but_not_widen_it() {
    let auth = with_user().start();
    let granted = by_password(&auth, &WEB, "books.read orders.read").await;
    let (_, narrowed) = token(&auth, &WEB, &form(&text(&granted, "refresh_token"), "books.read")).await;
    assert_eq!(narrowed["scope"], "books.read");
    let whole = refresh(&auth, &WEB, &text(&narrowed, "refresh_token")).await;
    assert_eq!(whole["scope"], "books.read orders.read");

    let granted = by_password(&auth, &WEB, "books.read").await;
    let refresh_token = text(&granted, "refresh_token");
    for scope in ["orders.read", "books.read orders.read", "books.read  books.read"] {
        let (status, code) = rejection(&auth, &WEB, &form(&refresh_token, scope)).await;
        assert_eq!((status, code.as_str()), (400, "invalid_scope"), "{scope}");
    }
    refresh(&auth, &WEB, &refresh_token).await;
}

#[tokio::test]
async fn access_and_refresh_tokens_are_revoked_separately() {
    let auth = with_user().start();
    let body = by_password(&auth, &WEB, "").await;
    auth.revoke_all();
    assert!(!works(&auth, &text(&body, "access_token")).await);
    let body = refresh(&auth, &WEB, &text(&body, "refresh_token")).await;
    auth.revoke_refresh_tokens();
    assert!(works(&auth, &text(&body, "access_token")).await);
    let refresh_token = text(&body, "refresh_token");
    assert_eq!(rejection(&auth, &WEB, &form(&refresh_token, "")).await, invalid_grant());
}

#[tokio::test]
async fn revoking_a_refresh_token_revokes_all_tokens_of_the_sign_in() {
    let auth = with_user().start();
    let body = by_password(&auth, &APP, "").await;
    let refresh_token = text(&body, "refresh_token");
    let revoke = [("token", refresh_token.as_str())];
    let (status, rejected) = post(&auth, "/revoke", &WEB, &revoke).await;
    assert_eq!((status, text(&rejected, "error")), invalid_grant(), "another client");
    assert!(works(&auth, &text(&body, "access_token")).await);
    assert_eq!(post(&auth, "/revoke", &APP, &revoke).await.0, 200);
    assert!(!works(&auth, &text(&body, "access_token")).await);
    assert_eq!(rejection(&auth, &APP, &form(&refresh_token, "")).await, invalid_grant());
}
