//! Where credentials may go.

use evergrant::{BuildError, Error as AuthError};
use evergrant_testing::ApiServer;
use evergrant_tower::{AuthorizeLayer, AuthorizeLayerBuilder, Error, Unauthenticated};
use http::Request;

use crate::shop::{Shop, client, get, send, text};

fn without_base(shop: &Shop) -> AuthorizeLayerBuilder {
    AuthorizeLayer::builder(shop.tokens.clone())
}

#[tokio::test]
async fn a_call_to_another_origin_is_a_clear_error_and_sends_nothing() {
    let shop = Shop::open();
    let elsewhere = ApiServer::open();
    let error = get(&shop.client, &elsewhere.url("/x")).await.unwrap_err();
    assert!(matches!(error, Error::Authorization(AuthError::Origin(_))));
    assert!(
        error.to_string().contains("allow_origin(\"http://127.0.0.1:"),
        "{error}"
    );
    assert!(elsewhere.requests().is_empty() && shop.auth.requests().is_empty());
}

#[tokio::test]
async fn a_request_without_a_host_goes_to_the_base_url() {
    let shop = Shop::open();
    assert_eq!(get(&shop.client, "/books?q=1").await.unwrap().status(), 200);
    let open = Request::get("/open").extension(Unauthenticated).body(text("")).unwrap();
    assert_eq!(send(&shop.client, open).await.unwrap().status(), 401);
    let requests = shop.api.requests();
    let paths: Vec<_> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/books", "/open"]);
    assert_eq!(requests[0].query_value("q").as_deref(), Some("1"));
    assert_eq!(
        requests[0].header("host").map(|host| format!("http://{host}")),
        Some(shop.api.url(""))
    );
}

#[tokio::test]
async fn a_request_without_a_host_is_an_error_if_there_is_no_base_url() {
    let shop = Shop::open();
    for layer in [
        without_base(&shop).allow_origin(shop.api.url("")),
        without_base(&shop).danger_allow_any_origin(),
    ] {
        let client = client(layer);
        for uri in ["/books", "*", "127.0.0.1:80"] {
            let error = get(&client, uri).await.unwrap_err();
            assert!(
                matches!(error, Error::Authorization(AuthError::Origin(_))) && error.to_string().contains("base_url"),
                "{uri}: {error}"
            );
        }
    }
    assert!(shop.api.requests().is_empty() && shop.auth.requests().is_empty());
}

#[tokio::test]
async fn a_path_that_looks_like_a_host_stays_at_the_base_url() {
    let shop = Shop::open();
    for path in ["//elsewhere.example.com/x", "/@elsewhere.example.com/x", "/..//x"] {
        get(&shop.client, path).await.unwrap();
        assert_eq!(shop.api.requests().last().unwrap().path, path);
    }
}

#[tokio::test]
async fn an_allowed_origin_receives_credentials() {
    let shop = Shop::open();
    let elsewhere = ApiServer::open();
    for layer in [
        shop.layer().allow_origin(elsewhere.url("")),
        without_base(&shop).allow_origin(elsewhere.url("")),
        without_base(&shop).danger_allow_http_to(elsewhere.url("").parse().unwrap()),
        without_base(&shop).danger_allow_any_origin(),
    ] {
        get(&client(layer), &elsewhere.url("/x")).await.unwrap();
        let request = elsewhere.requests().pop().unwrap();
        assert!(request.header("authorization").is_some());
        elsewhere.reset_records();
    }
}

#[tokio::test]
async fn each_rule_of_allow_origins_from_counts() {
    let shop = Shop::open();
    let (one, other) = (ApiServer::open(), ApiServer::open());
    let (first, second) = (one.url(""), other.url(""));
    let layer = without_base(&shop)
        .allow_origins_from(move |origin| origin.to_string() == first)
        .allow_origins_from(move |origin| origin.to_string() == second);
    let client = client(layer);
    for api in [&one, &other] {
        get(&client, &api.url("/x")).await.unwrap();
    }
    let error = get(&client, &shop.api.url("/x")).await.unwrap_err();
    assert!(matches!(error, Error::Authorization(AuthError::Origin(_))), "{error}");
}

#[tokio::test]
async fn plain_http_elsewhere_than_here_is_refused() {
    let shop = Shop::open();
    let client = client(shop.layer().danger_allow_any_origin());
    let error = get(&client, "http://api.example.com/x").await.unwrap_err();
    assert!(error.to_string().contains("is not encrypted"), "{error}");
}

#[tokio::test]
async fn a_url_with_a_user_name_or_another_scheme_or_an_odd_host_is_refused() {
    let shop = Shop::open();
    let client = client(shop.layer().danger_allow_any_origin());
    let host = shop.api.url("").replace("http://", "");
    for (uri, words) in [
        (format!("http://user:not-a-real-password@{host}/x"), "user name"),
        (format!("ftp://{host}/x"), "neither http nor https"),
        ("https://0x7f000001/x".to_owned(), "write \"127.0.0.1\""),
    ] {
        let error = get(&client, &uri).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("not-a-real"), "{error:?}");
    }
    assert!(shop.api.requests().is_empty() && shop.auth.requests().is_empty());
}

#[test]
fn a_layer_that_cannot_work_is_not_built() {
    let shop = Shop::open();
    let error = |layer: AuthorizeLayerBuilder| layer.build().unwrap_err();
    assert_eq!(error(without_base(&shop)), BuildError::MissingBaseUrl);
    let plain = error(without_base(&shop).base_url("http://api.example.com"));
    assert!(matches!(plain, BuildError::NotEncrypted { .. }), "{plain}");
    for url in [
        "https://api.example.com/v1",
        "https://api.example.com/?key=1",
        "https://user:not-a-real-password@api.example.com",
        "https://*.example.com",
        "ftp://api.example.com",
        "/v1",
    ] {
        let error = error(without_base(&shop).base_url(url)).to_string();
        assert!(error.contains("base_url") && !error.contains("not-a-real"), "{error}");
    }
    for origin in [
        "files.example.com",
        "user:not-a-real-password@files.example.com",
        "https://files.example.com/not-a-real-hook",
        "https://*.example.com",
    ] {
        let error = error(shop.layer().allow_origin(origin)).to_string();
        assert!(
            error.contains("allow_origin") && !error.contains("not-a-real"),
            "{error}"
        );
    }
    let mesh = without_base(&shop).base_url("http://sidecar.internal:8080");
    let mesh = mesh.danger_allow_http_to("http://sidecar.internal:8080".parse().unwrap());
    mesh.build().unwrap();
}

#[tokio::test]
async fn every_failure_names_the_call_without_its_query() {
    let shop = Shop::open();
    let call = format!("GET {}", shop.api.url("/books"));
    let url = shop.api.url("/books?key=hush");
    let refusal = evergrant_testing::Answer::new(401).json(r#"{"error":"invalid_client"}"#);
    shop.auth.next(refusal);
    let refused = get(&shop.client, &url).await.unwrap_err();
    let manual = evergrant::ClientCredentials::new("shop", "not-a-real-secret").token_url(shop.auth.token_url());
    let manual = manual.manual().build(evergrant_reqwest::Transport::default()).unwrap();
    let manual = client(AuthorizeLayer::builder(manual).base_url(shop.api.url("")));
    let manual = get(&manual, &url).await.unwrap_err();
    let elsewhere = client(AuthorizeLayer::builder(shop.tokens.clone()).base_url("https://api.example.com"));
    let elsewhere = get(&elsewhere, &url).await.unwrap_err();
    let own = Shop::open();
    let mut request = Request::get(&url).body(text("")).unwrap();
    request
        .headers_mut()
        .insert("authorization", http::HeaderValue::from_static("hush"));
    let layer = client(AuthorizeLayer::builder(own.tokens.clone()).base_url(shop.api.url("")));
    let own = send(&layer, request).await.unwrap_err();
    let open = client(AuthorizeLayer::builder(evergrant::Requirement::none()).base_url(shop.api.url("")));
    drop(shop);
    let gone = get(&open, &url).await.unwrap_err();
    for (error, why) in [
        (refused, "invalid_client"),
        (manual, "fetch_token()"),
        (elsewhere, "allow_origin"),
        (own, "of its own"),
        (gone, "failed"),
    ] {
        let (shown, debug) = (error.to_string(), format!("{error:?}"));
        assert!(
            shown.contains(&call) && shown.contains(why) && debug.starts_with(&shown),
            "{shown} {debug}"
        );
        assert!(!debug.contains("hush"), "{debug}");
    }
}
