//! The credentials of a call, and errors without credentials.

use std::error::Error as _;

use evergrant::scheme::{ApiKey, Basic, OAuth};
use evergrant::{Error, Requirement};
use evergrant_reqwest::Transport;

use crate::fixture::{Fixture, status};
use crate::test_client::{Call, TestClient};

pub async fn requirement_none_adds_no_credentials<S: TestClient>() {
    let fixture = Fixture::new();
    fixture.api.guard("/open", |request| {
        request.header("authorization").is_none() && request.query.as_deref() == Some("a=b")
    });
    let client: S = fixture.client(Requirement::none());
    assert_eq!(status(client.call(Call::get(fixture.api.url("/open?a=b"))).await), 200);
}

pub async fn an_unmet_requirement_fails_without_sending<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(OAuth::new("oauthCCG"));
    let failure = client
        .call(Call::get(fixture.api.url("/books")))
        .await
        .expect_err("nothing configured");
    assert!(
        matches!(failure.error, Some(Error::RequirementNotMet(_))),
        "{}",
        failure.text
    );
    assert!(failure.text.contains("oauthCCG"), "{}", failure.text);
    assert!(fixture.api.requests().is_empty());
}

fn key_and_password() -> Requirement {
    let basic = Basic::new("basicAuth").with_credentials("reader", "not-a-real-password");
    let query = ApiKey::in_query("apiKey", "api-key").and_then(|key| key.with_key("a b&c"));
    let cookie = ApiKey::in_cookie("session", "SID").and_then(|key| key.with_key("not-a-real-session"));
    Requirement::of(basic.expect("credentials"))
        .and(query.expect("a key"))
        .and(cookie.expect("a session"))
        .build()
        .expect("a requirement")
}

pub async fn keys_and_passwords_are_combined<S: TestClient>() {
    let fixture = Fixture::new();
    fixture.api.guard("/reports", |request| {
        request.header("authorization") == Some("Basic cmVhZGVyOm5vdC1hLXJlYWwtcGFzc3dvcmQ=")
            && request.query.as_deref() == Some("page=2&api-key=a%20b%26c")
            && request.header("cookie") == Some("SID=not-a-real-session")
    });
    let client: S = fixture.client(key_and_password());
    assert_eq!(
        status(client.call(Call::get(fixture.api.url("/reports?page=2"))).await),
        200
    );
}

pub async fn a_rejected_password_is_not_retried<S: TestClient>() {
    let fixture = Fixture::new();
    fixture.api.guard("/reports", |_| false);
    let client: S = fixture.client(key_and_password());
    assert_eq!(status(client.call(Call::get(fixture.api.url("/reports"))).await), 401);
    assert_eq!(fixture.api.requests().len(), 1, "a password cannot be renewed");
}

pub async fn a_caller_provided_authorization_header_is_an_error<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let call = Call {
        authorization: Some("Bearer caller-provided"),
        ..Call::get(fixture.api.url("/books"))
    };
    let failure = client.call(call).await.expect_err("two authorization headers");
    assert!(failure.text.contains("authorization"), "{}", failure.text);
    assert!(!failure.text.contains("caller-provided"), "{}", failure.text);
    assert!(fixture.api.requests().is_empty());
}

pub async fn a_provider_error_keeps_its_source<S: TestClient>() {
    let fixture = Fixture::new();
    let builder = fixture
        .builder()
        .token_provider(async |_, _| Err(Error::provider("the vault is sealed")));
    let client: S = fixture.client(builder.build(Transport::default()).expect("a manager"));
    let failure = client
        .call(Call::get(fixture.api.url("/books")))
        .await
        .expect_err("no token");
    let source = failure
        .error
        .as_ref()
        .and_then(|error| error.source())
        .map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("the vault is sealed"), "{}", failure.text);
    assert!(fixture.api.requests().is_empty());
}

pub async fn an_authorization_server_rejection_is_typed<S: TestClient>() {
    let fixture = Fixture::new();
    fixture.auth.rotate_secret("client", "another-not-a-real-secret");
    let client: S = fixture.client(fixture.tokens());
    let failure = client
        .call(Call::get(fixture.api.url("/books")))
        .await
        .expect_err("no token");
    match &failure.error {
        Some(Error::OAuthProvider(error)) => assert_eq!(error.code(), Some("invalid_client")),
        other => panic!("{other:?}: {}", failure.text),
    }
    assert!(!failure.text.contains("not-a-real-secret"), "{}", failure.text);
    assert!(fixture.api.requests().is_empty());
}
