//! `Debug` of every public type shows no secret.

use std::fmt::Debug;

use evergrant::Requirement;
use evergrant::scheme::{ApiKey, Basic};
use evergrant_tower::{AuthorizeLayer, Error, Unauthenticated};
use http::Request;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::fixture::{Fixture, get, text};

fn assert_no_secret(value: &dyn Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(
            !shown.contains("not-a-real") && !shown.contains("test-token-"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let fixture = Fixture::new();
    fixture.get("/books").await.unwrap();
    assert_no_secret(&fixture.client);

    let basic = Basic::new("basic").with_credentials("reader", "not-a-real-password");
    let key = ApiKey::in_query("key", "api_key").unwrap().with_key("not-a-real-key");
    let both = Requirement::of(basic.unwrap()).and(key.unwrap()).build().unwrap();
    let builder = AuthorizeLayer::builder(both)
        .base_url(fixture.api.url(""))
        .renew_when(|_| false);
    assert_no_secret(&builder);
    let layer = builder.build().unwrap();
    assert_no_secret(&layer);
    assert_no_secret(&layer.layer("not-a-real-service"));
    assert_no_secret(&Unauthenticated);
    assert_no_secret(
        &get(&fixture.client, "https://api.example.org/?key=not-a-real-key")
            .await
            .unwrap_err(),
    );
    assert_no_secret(&Error::Request("broken".to_owned()));

    let service = layer.layer(service_fn(|request: Request<evergrant_tower::Replayable<_>>| {
        assert_no_secret(request.body());
        std::future::ready(Ok::<_, std::io::Error>(http::Response::new(String::new())))
    }));
    let request = Request::post(fixture.api.url("/"))
        .body(text("not-a-real-order"))
        .unwrap();
    service.oneshot(request).await.unwrap();
}
