//! The origins that receive credentials.

use evergrant::error::OriginError;

use crate::fixture::{Fixture, status};
use crate::test_client::{Call, Setup, TestClient};

pub async fn a_call_to_another_origin_fails_without_sending<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let failure = client.call(Call::get(fixture.elsewhere.url("/books?q=1"))).await;
    let failure = failure.expect_err("it is not allowed");
    match failure.error {
        Some(evergrant::Error::Origin(error)) => assert!(matches!(*error, OriginError::NotAllowed { .. }), "{error}"),
        other => panic!("{other:?}: {}", failure.text),
    }
    assert!(fixture.elsewhere.requests().is_empty());
    assert_eq!(fixture.auth.token_requests(), 0);
}

/// A client may send or reject such a path.
pub async fn path_tricks_do_not_reach_another_origin<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let base = fixture.api.url("");
    let elsewhere = fixture.elsewhere.url("").replace("http://", "");
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
        let outcome = client.call(Call::get(format!("{base}{text}"))).await;
        assert_eq!(outcome.is_ok(), passes, "{text}: {outcome:?}");
        sent += usize::from(passes);
    }
    assert!(fixture.elsewhere.requests().is_empty());
    assert_eq!(fixture.api.requests().len(), sent);
}

pub async fn an_allowed_origin_receives_credentials<S: TestClient>() {
    let fixture = Fixture::new();
    let setup = Setup {
        allowed_origin: Some(fixture.elsewhere.url("").trim_end_matches('/').to_owned()),
        ..fixture.setup()
    };
    let client = S::build(fixture.tokens().into(), &setup);
    assert_eq!(
        status(client.call(Call::get(fixture.elsewhere.url("/books"))).await),
        200
    );
    assert!(fixture.elsewhere.requests()[0].header("authorization").is_some());
}

/// A client may follow or return the redirect.
pub async fn a_redirect_to_another_origin_carries_no_credentials<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let to = fixture.elsewhere.url("/books");
    let status = status(
        client
            .call(Call::get(fixture.api.url(&format!("/redirect?status=307&to={to}"))))
            .await,
    );
    assert!(matches!(status, 200 | 307), "{status}");
    for request in fixture.elsewhere.requests() {
        assert_eq!(request.header("authorization"), None);
    }
}

pub async fn an_unauthenticated_call_may_go_to_any_origin<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let unauthenticated = |url| Call {
        unauthenticated: true,
        ..Call::get(url)
    };
    let call = unauthenticated(fixture.elsewhere.url("/books"));
    assert_eq!(status(client.call(call).await), 200);
    let call = unauthenticated(fixture.api.url("/books"));
    assert_eq!(status(client.call(call).await), 401);
    for request in [fixture.elsewhere.requests(), fixture.api.requests()].concat() {
        assert_eq!(request.header("authorization"), None);
    }
    assert_eq!(fixture.auth.token_requests(), 0);
}
