//! The JWT bearer grant (RFC 7523) and token exchange (RFC 8693).

use evergrant_testing::{AuthServer, AuthServerBuilder};
use serde_json::Value;

const CLIENT: &str = "client-id";
const SECRET: &str = "not-a-real-secret";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn builder() -> AuthServerBuilder {
    AuthServer::builder()
        .client(CLIENT, SECRET)
        .assertion("of-jane", "jane")
}

async fn post(auth: &AuthServer, form: &[(&str, &str)]) -> (u16, Value) {
    let request = reqwest::Client::new().post(auth.token_url());
    let response = request
        .basic_auth(CLIENT, Some(SECRET))
        .form(form)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn assert_bearer(auth: &AuthServer, assertion: &str) -> (u16, Value) {
    let grant_type = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
    post(auth, &[grant_type, ("assertion", assertion)]).await
}

async fn exchange(auth: &AuthServer, form: &[(&str, &str)]) -> (u16, Value) {
    let mut all = vec![("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")];
    all.extend_from_slice(form);
    post(auth, &all).await
}

#[tokio::test]
async fn the_grants_are_disabled_by_default() {
    let auth = builder().start();
    for (status, body) in [assert_bearer(&auth, "of-jane").await, exchange(&auth, &[]).await] {
        assert_eq!((status, body["error"].as_str()), (400, Some("unsupported_grant_type")));
    }
}

#[tokio::test]
async fn a_known_assertion_leads_to_a_token_of_its_subject() {
    let auth = builder().jwt_bearer().single_use_assertions().start();
    let (status, body) = assert_bearer(&auth, "of-jane").await;
    assert_eq!(status, 200);
    let issued = auth.introspect(body["access_token"].as_str().unwrap()).unwrap();
    assert_eq!(issued.subject.as_deref(), Some("jane"));
    assert_eq!(body.get("refresh_token"), None);
    for assertion in ["of-jane", "unknown"] {
        let (status, body) = assert_bearer(&auth, assertion).await;
        assert_eq!(
            (status, body["error"].as_str()),
            (400, Some("invalid_grant")),
            "{assertion}"
        );
    }
    auth.add_assertion("of-john", "john");
    auth.remove_assertion("of-john");
    assert_eq!(assert_bearer(&auth, "of-john").await.0, 400);
}

#[tokio::test]
async fn an_exchange_has_a_subject_an_actor_targets_and_an_issued_type() {
    let auth = builder()
        .token_exchange()
        .targets(&["orders", "https://api.example"])
        .start();
    let own = auth.issue_token(CLIENT, &[]);
    let form = [
        ("subject_token", "of-jane"),
        ("subject_token_type", JWT),
        ("actor_token", &own),
        ("actor_token_type", ACCESS_TOKEN),
        ("audience", "orders"),
        ("resource", "https://api.example"),
    ];
    let (status, body) = exchange(&auth, &form).await;
    assert_eq!(status, 200);
    assert_eq!(body["issued_token_type"], ACCESS_TOKEN);
    assert_eq!(body["token_type"], "Bearer");
    let issued = auth.introspect(body["access_token"].as_str().unwrap()).unwrap();
    assert_eq!(
        (issued.subject.as_deref(), issued.actor.as_deref()),
        (Some("jane"), Some(CLIENT))
    );
    assert_eq!(issued.targets, ["orders", "https://api.example"]);

    let (_, body) = exchange(&auth, &[form[0], form[1], ("requested_token_type", JWT)]).await;
    assert_eq!(
        (body["issued_token_type"].as_str(), body["token_type"].as_str()),
        (Some(JWT), Some("N_A"))
    );
}

#[tokio::test]
async fn an_invalid_exchange_is_rejected_with_the_code_of_the_rfc() {
    let auth = builder().token_exchange().targets(&["orders"]).start();
    let revoked = auth.issue_token(CLIENT, &[]);
    auth.revoke(&revoked);
    let subject = [("subject_token", "of-jane"), ("subject_token_type", JWT)];
    for (form, code) in [
        (vec![subject[0]], "invalid_request"),
        (vec![subject[1]], "invalid_request"),
        (vec![("subject_token", "unknown"), subject[1]], "invalid_request"),
        (vec![("subject_token", &*revoked), subject[1]], "invalid_request"),
        (
            vec![subject[0], subject[1], ("actor_token", "of-jane")],
            "invalid_request",
        ),
        (
            vec![subject[0], subject[1], ("actor_token_type", JWT)],
            "invalid_request",
        ),
        (
            vec![subject[0], subject[1], ("requested_token_type", "urn:other")],
            "invalid_request",
        ),
        (vec![subject[0], subject[1], ("audience", "billing")], "invalid_target"),
        (
            vec![subject[0], subject[1], ("resource", "https://billing.example")],
            "invalid_target",
        ),
    ] {
        let (status, body) = exchange(&auth, &form).await;
        assert_eq!((status, body["error"].as_str()), (400, Some(code)), "{form:?}");
    }
}
