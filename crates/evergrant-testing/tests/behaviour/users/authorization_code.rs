//! Authorization codes at the token endpoint.

use std::time::Duration;

use evergrant_testing::ManualClock;
use serde_json::Value;

use super::*;

fn form<'a>(code: &'a str, redirect_uri: &'a str, verifier: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ]
}

async fn redeem(auth: &AuthServer, code: &str) -> Value {
    let (status, body) = token(auth, &APP, &form(code, BACK, VERIFIER)).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn a_code_is_redeemed_for_tokens_of_the_first_user() {
    let auth = with_sign_in().start();
    let body = redeem(&auth, &sign_in(&auth, &[("scope", "books.read")])).await;
    assert_eq!(
        (&body["token_type"], &body["scope"]),
        (&"Bearer".into(), &"books.read".into())
    );
    let access_token = text(&body, "access_token");
    let (_, introspected) = post(&auth, "/introspect", &WEB, &[("token", &access_token)]).await;
    assert_eq!(introspected["username"], USERNAME);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", body["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(token(&auth, &APP, &refresh).await.0, 200);
    assert_eq!((auth.token_requests(), auth.tokens_granted()), (2, 2));
}

#[tokio::test]
async fn a_code_is_bound_to_its_client_redirect_uri_and_challenge() {
    let auth = with_sign_in().start();
    let code = sign_in(&auth, &[]);
    let port = BACK.replace("127.0.0.1", "127.0.0.1:51004");
    let wrong = VERIFIER.replace('d', "e");
    let invalid_grants = [
        ("made-up", BACK, VERIFIER),
        (&code, &port, VERIFIER),
        (&code, "", VERIFIER),
        (&code, BACK, &wrong),
        (&code, BACK, ""),
    ];
    for (code, redirect_uri, verifier) in invalid_grants {
        let form = form(code, redirect_uri, verifier);
        assert_eq!(rejection(&auth, &APP, &form).await, invalid_grant(), "{form:?}");
    }
    let right = form(&code, BACK, VERIFIER);
    assert_eq!(rejection(&auth, &WEB, &right).await, invalid_grant(), "another client");
    for malformed in [form(&code, BACK, "too-short"), form("", BACK, VERIFIER)] {
        assert_eq!(rejection(&auth, &APP, &malformed).await.1, "invalid_request");
    }
    redeem(&auth, &code).await;
}

#[tokio::test]
async fn a_code_without_redirect_uri_and_challenge_is_redeemed_without_them() {
    let auth = clients()
        .redirect_uri("web", "https://web.example/callback")
        .user("jane", "not-a-real-password")
        .start();
    let changes = [
        ("client_id", "web"),
        ("redirect_uri", ""),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let code = sign_in(&auth, &changes);
    for form in [
        form(&code, "https://web.example/callback", ""),
        form(&code, "", VERIFIER),
    ] {
        assert_eq!(rejection(&auth, &WEB, &form).await, invalid_grant(), "{form:?}");
    }
    assert_eq!(token(&auth, &WEB, &form(&code, "", "")).await.0, 200);
}

#[tokio::test]
async fn a_code_expires_after_ten_minutes() {
    let clock = ManualClock::new();
    let auth = with_sign_in().clock(&clock).start();
    let (first, second) = (sign_in(&auth, &[]), sign_in(&auth, &[]));
    clock.advance(Duration::from_secs(599));
    redeem(&auth, &first).await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        rejection(&auth, &APP, &form(&second, BACK, VERIFIER)).await,
        invalid_grant()
    );
}

#[tokio::test]
async fn reusing_a_code_is_rejected_and_revokes_its_tokens() {
    let auth = with_sign_in().start();
    let code = sign_in(&auth, &[]);
    let body = redeem(&auth, &code).await;
    let others = redeem(&auth, &sign_in(&auth, &[])).await;
    let access_token = text(&body, "access_token");
    assert!(works(&auth, &access_token).await);
    assert_eq!(
        rejection(&auth, &APP, &form(&code, BACK, VERIFIER)).await,
        invalid_grant()
    );
    assert!(!works(&auth, &access_token).await);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", body["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(rejection(&auth, &APP, &refresh).await, invalid_grant());
    assert!(
        works(&auth, &text(&others, "access_token")).await,
        "a token of another sign-in"
    );
}
