//! The origins that may receive credentials.

use evergrant::{BuildError, Error as AuthError};
use evergrant_testing::ApiServer;
use evergrant_tower::{AuthorizeLayer, AuthorizeLayerBuilder, Error, Unauthenticated};
use http::Request;

use crate::fixture::{Fixture, client, get, send, text};

fn without_base(fixture: &Fixture) -> AuthorizeLayerBuilder {
    AuthorizeLayer::builder(fixture.tokens.clone())
}

#[tokio::test]
async fn a_call_to_another_origin_fails_without_sending() {
    let fixture = Fixture::new();
    let elsewhere = ApiServer::unprotected();
    let error = get(&fixture.client, &elsewhere.url("/x")).await.unwrap_err();
    assert!(matches!(error, Error::Authorization(AuthError::Origin(_))));
    assert!(
        error.to_string().contains("allow_origin(\"http://127.0.0.1:"),
        "{error}"
    );
    assert!(elsewhere.requests().is_empty() && fixture.auth.requests().is_empty());
}

#[tokio::test]
async fn a_request_without_a_host_goes_to_the_base_url() {
    let fixture = Fixture::new();
    assert_eq!(get(&fixture.client, "/books?q=1").await.unwrap().status(), 200);
    let open = Request::get("/open").extension(Unauthenticated).body(text("")).unwrap();
    assert_eq!(send(&fixture.client, open).await.unwrap().status(), 401);
    let requests = fixture.api.requests();
    let paths: Vec<_> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/books", "/open"]);
    assert_eq!(requests[0].query_value("q").as_deref(), Some("1"));
    assert_eq!(
        requests[0].header("host").map(|host| format!("http://{host}")),
        Some(fixture.api.url(""))
    );
}

#[tokio::test]
async fn a_request_without_a_host_requires_a_base_url() {
    let fixture = Fixture::new();
    for layer in [
        without_base(&fixture).allow_origin(fixture.api.url("")),
        without_base(&fixture).danger_allow_any_origin(),
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
    assert!(fixture.api.requests().is_empty() && fixture.auth.requests().is_empty());
}

#[tokio::test]
async fn a_path_like_a_host_stays_at_the_base_url() {
    let fixture = Fixture::new();
    for path in ["//elsewhere.example.com/x", "/@elsewhere.example.com/x", "/..//x"] {
        get(&fixture.client, path).await.unwrap();
        assert_eq!(fixture.api.requests().last().unwrap().path, path);
    }
}

#[tokio::test]
async fn an_allowed_origin_receives_credentials() {
    let fixture = Fixture::new();
    let elsewhere = ApiServer::unprotected();
    for layer in [
        fixture.layer().allow_origin(elsewhere.url("")),
        without_base(&fixture).allow_origin(elsewhere.url("")),
        without_base(&fixture).danger_allow_http_to(elsewhere.url("").parse().unwrap()),
        without_base(&fixture).danger_allow_any_origin(),
    ] {
        get(&client(layer), &elsewhere.url("/x")).await.unwrap();
        let request = elsewhere.requests().pop().unwrap();
        assert!(request.header("authorization").is_some());
        elsewhere.reset_records();
    }
}

#[tokio::test]
async fn any_rule_of_allow_origins_from_allows_an_origin() {
    let fixture = Fixture::new();
    let (one, other) = (ApiServer::unprotected(), ApiServer::unprotected());
    let (first, second) = (one.url(""), other.url(""));
    let layer = without_base(&fixture)
        .allow_origins_from(move |origin| origin.to_string() == first)
        .allow_origins_from(move |origin| origin.to_string() == second);
    let client = client(layer);
    for api in [&one, &other] {
        get(&client, &api.url("/x")).await.unwrap();
    }
    let error = get(&client, &fixture.api.url("/x")).await.unwrap_err();
    assert!(matches!(error, Error::Authorization(AuthError::Origin(_))), "{error}");
}

#[tokio::test]
async fn plain_http_to_another_machine_is_an_error() {
    let fixture = Fixture::new();
    let client = client(fixture.layer().danger_allow_any_origin());
    let error = get(&client, "http://api.example.com/x").await.unwrap_err();
    assert!(error.to_string().contains("is not encrypted"), "{error}");
}

#[tokio::test]
async fn an_invalid_url_is_an_error() {
    let fixture = Fixture::new();
    let client = client(fixture.layer().danger_allow_any_origin());
    let host = fixture.api.url("").replace("http://", "");
    for (uri, words) in [
        (format!("http://user:not-a-real-password@{host}/x"), "user name"),
        (format!("ftp://{host}/x"), "neither http nor https"),
        ("https://0x7f000001/x".to_owned(), "write \"127.0.0.1\""),
    ] {
        let error = get(&client, &uri).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("not-a-real"), "{error:?}");
    }
    assert!(fixture.api.requests().is_empty() && fixture.auth.requests().is_empty());
}

#[test]
fn an_invalid_layer_is_not_built() {
    let fixture = Fixture::new();
    let error = |layer: AuthorizeLayerBuilder| layer.build().unwrap_err();
    assert_eq!(error(without_base(&fixture)), BuildError::MissingBaseUrl);
    let plain = error(without_base(&fixture).base_url("http://api.example.com"));
    assert!(matches!(plain, BuildError::NotEncrypted { .. }), "{plain}");
    for url in [
        "https://api.example.com/v1",
        "https://api.example.com/?key=1",
        "https://user:not-a-real-password@api.example.com",
        "https://*.example.com",
        "ftp://api.example.com",
        "/v1",
    ] {
        let error = error(without_base(&fixture).base_url(url)).to_string();
        assert!(error.contains("base_url") && !error.contains("not-a-real"), "{error}");
    }
    for origin in [
        "files.example.com",
        "user:not-a-real-password@files.example.com",
        "https://files.example.com/not-a-real-hook",
        "https://*.example.com",
    ] {
        let error = error(fixture.layer().allow_origin(origin)).to_string();
        assert!(
            error.contains("allow_origin") && !error.contains("not-a-real"),
            "{error}"
        );
    }
    let mesh = without_base(&fixture).base_url("http://sidecar.internal:8080");
    let mesh = mesh.danger_allow_http_to("http://sidecar.internal:8080".parse().unwrap());
    mesh.build().unwrap();
}

#[tokio::test]
async fn every_error_names_the_call_without_its_query() {
    let fixture = Fixture::new();
    let call = format!("GET {}", fixture.api.url("/books"));
    let url = fixture.api.url("/books?key=hush");
    let rejection = evergrant_testing::MockResponse::new(401).json(r#"{"error":"invalid_client"}"#);
    fixture.auth.next(rejection);
    let rejected = get(&fixture.client, &url).await.unwrap_err();
    let builder =
        evergrant::ClientCredentials::builder("shop", "not-a-real-secret").token_url(fixture.auth.token_url());
    let tokens = builder.manual().build(evergrant_reqwest::Transport::default()).unwrap();
    let manual = client(AuthorizeLayer::builder(tokens).base_url(fixture.api.url("")));
    let manual = get(&manual, &url).await.unwrap_err();
    let elsewhere = client(AuthorizeLayer::builder(fixture.tokens.clone()).base_url("https://api.example.com"));
    let elsewhere = get(&elsewhere, &url).await.unwrap_err();
    let other = Fixture::new();
    let mut request = Request::get(&url).body(text("")).unwrap();
    request
        .headers_mut()
        .insert("authorization", http::HeaderValue::from_static("hush"));
    let layer = client(AuthorizeLayer::builder(other.tokens.clone()).base_url(fixture.api.url("")));
    let custom_header = send(&layer, request).await.unwrap_err();
    let open = client(AuthorizeLayer::builder(evergrant::Requirement::none()).base_url(fixture.api.url("")));
    drop(fixture);
    let unreachable = get(&open, &url).await.unwrap_err();
    for (error, why) in [
        (rejected, "invalid_client"),
        (manual, "fetch_token()"),
        (elsewhere, "allow_origin"),
        (custom_header, "already has"),
        (unreachable, "failed"),
    ] {
        let (shown, debug) = (error.to_string(), format!("{error:?}"));
        assert!(
            shown.contains(&call) && shown.contains(why) && debug.starts_with(&shown),
            "{shown} {debug}"
        );
        assert!(!debug.contains("hush"), "{debug}");
    }
}
