//! The metadata of an API (RFC 9728): from a 401 to the issuer, the resource and the scopes.

use bytes::Bytes;
use evergrant::discovery::Discovery;
use evergrant::error::DiscoveryProblem;
use evergrant::{ClientCredentials, Scopes, Transport as _};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, MockResponse};
use http::{HeaderMap, Request};

use super::realm;
use crate::support::{CLIENT, Fixture, SECRET};

/// Returns the headers of a 401.
async fn rejected(api: &ApiServer, path: &str) -> HeaderMap {
    let request = Request::get(api.url(path)).body(Bytes::new()).unwrap();
    let response = Transport::default().send(request).await.unwrap();
    assert_eq!(response.status(), 401);
    response.headers().clone()
}

fn discovery() -> Discovery {
    Discovery::new(Transport::default())
}

#[tokio::test]
async fn a_401_leads_to_issuer_resource_and_scopes() {
    let fixture = Fixture::with(|server| realm(server).scopes(&["books.read", "books.write"]));
    let api = fixture.auth.api();
    let resource = api.publish_metadata("/v1");
    let headers = rejected(&api, "/v1/books").await;
    let metadata = discovery().resource(&resource, &headers).await.unwrap();
    assert_eq!(metadata.resource(), resource);
    assert_eq!(metadata.issuers(), [fixture.auth.issuer()]);
    assert_eq!(metadata.scopes().unwrap(), ["books.read", "books.write"]);
    assert_eq!(metadata.bearer_methods().unwrap(), ["header"]);
    assert!(metadata.required_scopes().is_empty());

    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .issuer(&metadata.issuers()[0])
        .resource(metadata.resource())
        .scopes(["books.read"])
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    assert_eq!(fixture.auth.last_token_request().form_value("resource"), Some(resource));
}

#[tokio::test]
async fn the_scopes_of_the_challenge_are_those_that_the_request_needs() {
    let fixture = Fixture::new();
    let api = fixture.auth.api();
    let resource = api.publish_metadata("");
    let challenge = format!(
        "Bearer scope=\"books.read books.write\", resource_metadata=\"{}\"",
        api.url("/.well-known/oauth-protected-resource")
    );
    api.next(MockResponse::new(401).header("www-authenticate", &challenge));
    let headers = rejected(&api, "/").await;
    let metadata = discovery().resource(&resource, &headers).await.unwrap();
    assert_eq!(
        *metadata.required_scopes(),
        Scopes::from_iter(["books.read", "books.write"])
    );
}

#[tokio::test]
async fn without_a_challenge_the_metadata_is_at_its_well_known_url() {
    let fixture = Fixture::new();
    let api = fixture.auth.api();
    for path in ["", "/v1"] {
        let resource = api.publish_metadata(path);
        let metadata = discovery().resource(&resource, &HeaderMap::new()).await.unwrap();
        assert_eq!(
            metadata.url().path(),
            format!("/.well-known/oauth-protected-resource{path}")
        );
    }
}

#[tokio::test]
async fn the_resource_in_the_metadata_must_match() {
    let fixture = Fixture::new();
    let api = fixture.auth.api();
    let resource = api.publish_metadata("/v1");
    for other in [
        "https://elsewhere.example.net",
        &api.url("/v1/"),
        &api.url("/v2"),
        &api.url(""),
    ] {
        api.metadata_with("resource", &format!("\"{other}\""));
        let headers = rejected(&api, "/v1").await;
        let error = discovery().resource(&resource, &headers).await.unwrap_err();
        assert!(
            matches!(error.problem(), DiscoveryProblem::ResourceMismatch { .. }),
            "{error}"
        );
        assert!(error.to_string().contains(other), "{error}");
    }
}

#[tokio::test]
async fn metadata_of_an_origin_that_the_application_did_not_allow_is_not_requested() {
    let fixture = Fixture::new();
    let api = fixture.auth.api();
    let elsewhere = fixture.auth.api();
    let resource = api.publish_metadata("");
    elsewhere.publish_metadata("");
    elsewhere.metadata_with("resource", &format!("\"{resource}\""));
    api.challenge_with(&elsewhere.url("/.well-known/oauth-protected-resource"));
    let headers = rejected(&api, "/").await;
    let error = discovery().resource(&resource, &headers).await.unwrap_err();
    assert!(matches!(error.problem(), DiscoveryProblem::Origin(_)), "{error}");
    assert!(elsewhere.requests().is_empty());

    let origin = elsewhere.url("").parse().unwrap();
    discovery()
        .allow_origin(origin)
        .resource(&resource, &headers)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_unusable_url_in_a_challenge_is_not_requested() {
    let fixture = Fixture::new();
    let api = fixture.auth.api();
    let resource = api.publish_metadata("");
    for url in [
        "http://elsewhere.example.net/metadata",
        "/metadata",
        "file:///etc/passwd",
        "https://a:b@api.example.com/",
    ] {
        api.challenge_with(url);
        let headers = rejected(&api, "/").await;
        let error = discovery().resource(&resource, &headers).await.unwrap_err();
        assert!(matches!(error.problem(), DiscoveryProblem::Origin(_)), "{url}: {error}");
    }
}

#[tokio::test]
async fn an_api_without_metadata_is_an_error() {
    let fixture = Fixture::new();
    let api = fixture.auth.api();
    let error = discovery()
        .resource(&api.url("/v1"), &HeaderMap::new())
        .await
        .unwrap_err();
    assert!(matches!(error.problem(), DiscoveryProblem::NotFound { .. }), "{error}");
    assert!(error.to_string().contains("(401 Unauthorized)"), "{error}");
}
