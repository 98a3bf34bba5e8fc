//! Where credentials go.

use evergrant::error::OriginError;

use crate::subject::{Call, Setup, Subject};
use crate::world::{World, status};

pub async fn a_call_to_another_origin_is_an_error_and_nothing_is_sent<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    let failure = subject.call(Call::get(world.elsewhere.url("/books?q=1"))).await;
    let failure = failure.expect_err("it is not allowed");
    match failure.error {
        Some(evergrant::Error::Origin(error)) => assert!(matches!(*error, OriginError::NotAllowed { .. }), "{error}"),
        other => panic!("{other:?}: {}", failure.text),
    }
    assert!(world.elsewhere.requests().is_empty());
    assert_eq!(world.auth.token_requests(), 0);
}

/// Whether it is sent or refused is the client's business.
pub async fn nothing_behind_the_origin_leads_to_another<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    let base = world.api.url("");
    let elsewhere = world.elsewhere.url("").replace("http://", "");
    let mut sent = 0;
    for (text, passes) in [
        (format!("//{elsewhere}/x"), true),
        (format!("/@{elsewhere}/x"), true),
        (format!("/..//{elsewhere}/x"), true),
        (format!("/%2e%2e//{elsewhere}/x"), true),
        (format!("/..%2F..%2F{elsewhere}/x"), true),
        (format!("/a%2Fb?to=@{elsewhere}/x"), true),
        (format!("/;@{elsewhere}/x"), true),
        (format!("@{elsewhere}/x"), false),
        (format!(":not-a-real-password@{elsewhere}/x"), false),
    ] {
        let outcome = subject.call(Call::get(format!("{base}{text}"))).await;
        assert_eq!(outcome.is_ok(), passes, "{text}: {outcome:?}");
        sent += usize::from(passes);
    }
    assert!(world.elsewhere.requests().is_empty());
    assert_eq!(world.api.requests().len(), sent);
}

pub async fn an_allowed_origin_receives_credentials<S: Subject>() {
    let world = World::new();
    let setup = Setup {
        allowed: Some(world.elsewhere.url("").trim_end_matches('/').to_owned()),
        ..world.setup()
    };
    let subject = S::build(world.tokens().into(), &setup);
    assert_eq!(
        status(subject.call(Call::get(world.elsewhere.url("/books"))).await),
        200
    );
    assert!(world.elsewhere.requests()[0].header("authorization").is_some());
}

/// Whether it is followed is the client's business.
pub async fn a_redirect_to_another_origin_carries_no_credentials<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    let to = world.elsewhere.url("/books");
    let status = status(
        subject
            .call(Call::get(world.api.url(&format!("/redirect?status=307&to={to}"))))
            .await,
    );
    assert!(matches!(status, 200 | 307), "{status}");
    for request in world.elsewhere.requests() {
        assert_eq!(request.header("authorization"), None);
    }
}

pub async fn a_call_without_credentials_carries_none_and_may_go_anywhere<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    let unauthenticated = |url| Call {
        unauthenticated: true,
        ..Call::get(url)
    };
    let call = unauthenticated(world.elsewhere.url("/books"));
    assert_eq!(status(subject.call(call).await), 200);
    let call = unauthenticated(world.api.url("/books"));
    assert_eq!(status(subject.call(call).await), 401);
    for request in [world.elsewhere.requests(), world.api.requests()].concat() {
        assert_eq!(request.header("authorization"), None);
    }
    assert_eq!(world.auth.token_requests(), 0);
}
