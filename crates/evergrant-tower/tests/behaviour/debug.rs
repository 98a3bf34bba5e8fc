//! `Debug` of every public type: none shows a secret.

use std::fmt::Debug;

use evergrant::Requirement;
use evergrant::scheme::{ApiKey, Basic};
use evergrant_tower::{AuthorizeLayer, Error, Unauthenticated};
use http::Request;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::shop::{Shop, get, text};

fn see(value: &dyn Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(
            !shown.contains("not-a-real") && !shown.contains("test-token-"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let shop = Shop::open();
    shop.get("/books").await.unwrap();
    see(&shop.client);

    let basic = Basic::new("basic").with_credentials("reader", "not-a-real-password");
    let key = ApiKey::in_query("key", "api_key").unwrap().with_key("not-a-real-key");
    let both = Requirement::of(basic.unwrap()).and(key.unwrap()).build().unwrap();
    let builder = AuthorizeLayer::builder(both)
        .base_url(shop.api.url(""))
        .renew_when(|_| false);
    see(&builder);
    let layer = builder.build().unwrap();
    see(&layer);
    see(&layer.layer("not-a-real-service"));
    see(&Unauthenticated);
    see(&get(&shop.client, "https://api.example.org/?key=not-a-real-key")
        .await
        .unwrap_err());
    see(&Error::Request("broken".to_owned()));

    let service = layer.layer(service_fn(async |request: Request<evergrant_tower::Replayable<_>>| {
        see(request.body());
        Ok::<_, std::io::Error>(http::Response::new(()))
    }));
    let request = Request::post(shop.api.url("/")).body(text("not-a-real-order")).unwrap();
    service.oneshot(request).await.unwrap();
}
