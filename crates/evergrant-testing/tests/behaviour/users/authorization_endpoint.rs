//! The authorization endpoint.

use reqwest::Client;
use reqwest::redirect::Policy;

use super::*;

/// Returns the `error` and the `state` of a redirect.
fn error(auth: &AuthServer, changes: &[(&str, &str)]) -> (Option<String>, Option<String>) {
    let location = auth.visit(&sign_in_url(auth, changes));
    assert!(
        location.starts_with(BACK) && parameter(&location, "code").is_none(),
        "{location}"
    );
    assert!(parameter(&location, "error_description").is_some());
    (parameter(&location, "error"), parameter(&location, "state"))
}

#[tokio::test]
async fn the_redirect_has_a_code_and_the_unchanged_state() {
    let auth = with_sign_in().start();
    let state = "a b+c%20&d=é?/~\"";
    let location = auth.visit(&sign_in_url(&auth, &[("state", state)]));
    assert!(
        location.starts_with(&format!("{BACK}&code=")),
        "the URI's own query is kept: {location}"
    );
    assert_eq!(parameter(&location, "state").as_deref(), Some(state));
    assert_eq!(parameter(&location, "error"), None);
    let without = auth.visit(&sign_in_url(&auth, &[("state", "")]));
    assert_eq!(parameter(&without, "state"), None);

    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let response = http.get(sign_in_url(&auth, &[])).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["cache-control"]),
        (302, &"no-store".parse().unwrap())
    );
    assert_eq!(http.post(sign_in_url(&auth, &[])).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_is_not_redirected() {
    let auth = with_sign_in().start();
    let twice = |name: &str, value: &str| format!("{}&{name}={value}", sign_in_url(&auth, &[]));
    for url in [
        sign_in_url(&auth, &[("client_id", "nobody")]),
        sign_in_url(&auth, &[("client_id", "")]),
        sign_in_url(&auth, &[("redirect_uri", "https://elsewhere.example/callback")]),
        sign_in_url(&auth, &[("redirect_uri", "https://web.example/callback")]),
        sign_in_url(&auth, &[("redirect_uri", "http://127.0.0.1/callback")]),
        sign_in_url(&auth, &[("client_id", "web"), ("redirect_uri", "")]),
        twice("client_id", "app"),
        twice("redirect_uri", "http%3A%2F%2F127.0.0.1%2Fcallback%3Ffrom%3Dtest"),
        twice("state", "%zz"),
    ] {
        let response = Client::new().get(&url).send().await.unwrap();
        assert_eq!(response.status(), 400, "{url}");
        assert!(response.headers().get("location").is_none());
        assert!(!response.text().await.unwrap().is_empty(), "the page states the reason");
    }
}

#[tokio::test]
async fn a_loopback_redirect_uri_matches_with_any_port_and_a_single_one_may_be_omitted() {
    let auth = with_sign_in().start();
    let port = "http://127.0.0.1:51004/callback?from=test";
    let location = auth.visit(&sign_in_url(&auth, &[("redirect_uri", port)]));
    assert!(location.starts_with(&format!("{port}&code=")), "{location}");
    let location = auth.visit(&sign_in_url(&auth, &[("redirect_uri", "")]));
    assert!(location.starts_with(&format!("{BACK}&code=")), "{location}");
}

#[tokio::test]
async fn request_errors_are_redirected_with_the_state() {
    let auth = with_sign_in().start();
    let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
    let no_challenge = [("code_challenge", ""), ("code_challenge_method", "")];
    for (changes, expected) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("scope", "admin")], "invalid_scope"),
        (&[("scope", "books.read  books.read")], "invalid_scope"),
        (&plain, "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge", "too-short")], "invalid_request"),
        (&no_challenge, "invalid_request"),
        (&[("scope", "books.read"), ("scope", "books.read")], "invalid_request"),
        (&[("extra", "1"), ("extra", "2")], "invalid_request"),
    ] {
        let expected = (Some(expected.to_owned()), Some("xyz".to_owned()));
        assert_eq!(error(&auth, changes), expected, "{changes:?}");
    }
    let states = [("state", "one"), ("state", "two")];
    assert_eq!(error(&auth, &states), (Some("invalid_request".to_owned()), None));
    sign_in(
        &auth,
        &[("resource", "https://a.example"), ("resource", "https://b.example")],
    );
}

#[tokio::test]
async fn a_confidential_client_may_omit_the_challenge() {
    let auth = with_sign_in().start();
    let redirect_uri = ("redirect_uri", "https://web.example/second");
    let changes = [
        ("client_id", "web"),
        redirect_uri,
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    assert!(!sign_in(&auth, &changes).is_empty());
}

#[tokio::test]
async fn sign_ins_can_be_denied_and_allowed() {
    let auth = with_sign_in().start();
    let denied = (Some("access_denied".to_owned()), Some("xyz".to_owned()));
    auth.deny_sign_ins();
    assert_eq!(error(&auth, &[]), denied);
    by_password(&auth, &WEB, "").await;
    auth.allow_sign_ins();
    assert!(!sign_in(&auth, &[]).is_empty());
    let without_users = clients().redirect_uri("app", BACK).start();
    assert_eq!(error(&without_users, &[]), denied);
}

#[tokio::test]
#[should_panic(expected = "the browser is not redirected: the response is 400: the client is unknown")]
async fn a_visit_without_a_redirect_panics_with_status_and_body() {
    let auth = with_sign_in().start();
    let _ = auth.visit(&sign_in_url(&auth, &[("client_id", "nobody")]));
}

#[test]
#[should_panic(expected = "the browser is not redirected: no response from 127.0.0.1:")]
fn a_visit_to_a_stopped_server_panics() {
    let auth = with_sign_in().start();
    auth.stop();
    let _ = auth.visit(&sign_in_url(&auth, &[]));
}

#[test]
#[should_panic(expected = "is not an http URL")]
fn a_visit_to_an_invalid_url_panics() {
    let _ = with_sign_in().start().visit("/authorize");
}

#[test]
#[should_panic(expected = "is not an absolute URI without a fragment")]
fn a_redirect_uri_with_a_fragment_cannot_be_registered() {
    let _ = clients().redirect_uri("app", "https://app.example/#callback");
}
