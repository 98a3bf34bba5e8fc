//! What a call goes out with, and what is said when there is nothing.

use std::error::Error as _;

use evergrant::scheme::{ApiKey, Basic, OAuth};
use evergrant::{Error, Requirement};
use evergrant_reqwest::Transport;

use crate::subject::{Call, Subject};
use crate::world::{World, status};

pub async fn the_requirement_none_adds_nothing<S: Subject>() {
    let world = World::new();
    world.api.guard("/open", |request| {
        request.header("authorization").is_none() && request.query.as_deref() == Some("a=b")
    });
    let subject: S = world.subject(Requirement::none());
    assert_eq!(status(subject.call(Call::get(world.api.url("/open?a=b"))).await), 200);
}

pub async fn an_unmet_requirement_names_what_to_configure_and_nothing_is_sent<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(OAuth::new("oauthCCG"));
    let failure = subject
        .call(Call::get(world.api.url("/books")))
        .await
        .expect_err("nothing configured");
    assert!(
        matches!(failure.error, Some(Error::RequirementNotMet(_))),
        "{}",
        failure.text
    );
    assert!(failure.text.contains("oauthCCG"), "{}", failure.text);
    assert!(world.api.requests().is_empty());
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

pub async fn keys_and_passwords_are_written_together<S: Subject>() {
    let world = World::new();
    world.api.guard("/reports", |request| {
        request.header("authorization") == Some("Basic cmVhZGVyOm5vdC1hLXJlYWwtcGFzc3dvcmQ=")
            && request.query.as_deref() == Some("page=2&api-key=a%20b%26c")
            && request.header("cookie") == Some("SID=not-a-real-session")
    });
    let subject: S = world.subject(key_and_password());
    assert_eq!(
        status(subject.call(Call::get(world.api.url("/reports?page=2"))).await),
        200
    );
}

pub async fn a_refused_password_is_not_tried_again<S: Subject>() {
    let world = World::new();
    world.api.guard("/reports", |_| false);
    let subject: S = world.subject(key_and_password());
    assert_eq!(status(subject.call(Call::get(world.api.url("/reports"))).await), 401);
    assert_eq!(world.api.requests().len(), 1, "nothing that could be renewed");
}

pub async fn an_authorization_header_of_the_callers_own_is_refused<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    let call = Call {
        own: Some("Bearer of-the-callers-own"),
        ..Call::get(world.api.url("/books"))
    };
    let failure = subject.call(call).await.expect_err("two of them");
    assert!(failure.text.contains("authorization"), "{}", failure.text);
    assert!(!failure.text.contains("of-the-callers-own"), "{}", failure.text);
    assert!(world.api.requests().is_empty());
}

pub async fn a_providers_error_reaches_the_caller_with_its_source<S: Subject>() {
    let world = World::new();
    let builder = world
        .builder()
        .token_provider(async |_, _| Err(Error::provider("the vault is sealed")));
    let subject: S = world.subject(builder.build(Transport::default()).expect("a manager"));
    let failure = subject
        .call(Call::get(world.api.url("/books")))
        .await
        .expect_err("no token");
    let source = failure
        .error
        .as_ref()
        .and_then(|error| error.source())
        .map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("the vault is sealed"), "{}", failure.text);
    assert!(world.api.requests().is_empty());
}

pub async fn a_refusal_by_the_authorization_server_is_typed<S: Subject>() {
    let world = World::new();
    world.auth.rotate_secret("client", "another-not-a-real-secret");
    let subject: S = world.subject(world.tokens());
    let failure = subject
        .call(Call::get(world.api.url("/books")))
        .await
        .expect_err("no token");
    match &failure.error {
        Some(Error::OAuthProvider(error)) => assert_eq!(error.code(), Some("invalid_client")),
        other => panic!("{other:?}: {}", failure.text),
    }
    assert!(!failure.text.contains("not-a-real-secret"), "{}", failure.text);
    assert!(world.api.requests().is_empty());
}
