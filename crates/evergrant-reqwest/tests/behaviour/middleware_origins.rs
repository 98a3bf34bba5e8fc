//! The origins that may receive credentials from the middleware, and its redirects.

use async_trait::async_trait;
use evergrant::{BuildError, ClientCredentials, Error as AuthError};
use evergrant_reqwest::middleware::{Authorize, AuthorizeBuilder, Unauthenticated};
use evergrant_reqwest::{Error, Transport};
use evergrant_testing::{ApiServer, AuthServer, LogCapture, MockResponse};
use http::Extensions;
use reqwest::redirect::Policy;
use reqwest::{Client, Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};

use crate::middleware::evergrant_error;
use crate::support::SECRET;

struct Fixture {
    auth: AuthServer,
    api: ApiServer,
    elsewhere: ApiServer,
}

impl Fixture {
    fn new() -> Self {
        let auth = AuthServer::builder().client("shop", SECRET).start();
        let api = auth.api();
        let elsewhere = ApiServer::unprotected();
        Self { auth, api, elsewhere }
    }

    fn authorize(&self) -> AuthorizeBuilder {
        let builder = ClientCredentials::builder("shop", SECRET).token_url(self.auth.token_url());
        let tokens = builder.build(Transport::default()).expect("a manager");
        Authorize::builder(tokens).allow_origin(self.api.url(""))
    }

    fn redirect(&self, to: &str) -> String {
        format!("{}?status=302&to={to}", self.api.url("/redirect"))
    }
}

fn client(policy: Policy, authorize: AuthorizeBuilder) -> ClientWithMiddleware {
    let http = Client::builder().redirect(policy).no_proxy().build();
    ClientBuilder::new(http.expect("a client"))
        .with(authorize.build().expect("origins"))
        .build()
}

#[tokio::test]
async fn a_request_to_another_origin_fails_without_sending() {
    let fixture = Fixture::new();
    let client = client(Policy::none(), fixture.authorize());
    let error = client.get(fixture.elsewhere.url("/x")).send().await.unwrap_err();
    assert!(
        matches!(evergrant_error(&error), Error::Authorization(AuthError::Origin(_))),
        "{error}"
    );
    assert!(
        error.to_string().contains("allow_origin(\"http://127.0.0.1:"),
        "{error}"
    );
    assert!(fixture.elsewhere.requests().is_empty() && fixture.auth.requests().is_empty());
}

#[tokio::test]
async fn an_unauthenticated_request_may_go_to_any_origin() {
    let fixture = Fixture::new();
    let client = client(Policy::none(), fixture.authorize());
    for url in [fixture.elsewhere.url("/x"), fixture.api.url("/x")] {
        client.get(url).with_extension(Unauthenticated).send().await.unwrap();
    }
    for api in [&fixture.elsewhere, &fixture.api] {
        assert!(api.requests()[0].header("authorization").is_none());
    }
    assert!(fixture.auth.requests().is_empty());
}

#[tokio::test]
async fn each_allow_setting_allows_an_origin() {
    let fixture = Fixture::new();
    let allowed = fixture.elsewhere.url("");
    for authorize in [
        fixture.authorize().allow_origin(&allowed),
        fixture
            .authorize()
            .allow_origins_from(move |origin| origin.to_string() == allowed),
        fixture.authorize().danger_allow_any_origin(),
    ] {
        let client = client(Policy::none(), authorize);
        client.get(fixture.elsewhere.url("/x")).send().await.unwrap();
        assert!(
            fixture
                .elsewhere
                .requests()
                .pop()
                .unwrap()
                .header("authorization")
                .is_some()
        );
    }
    let unencrypted = client(Policy::none(), fixture.authorize().danger_allow_any_origin());
    let error = unencrypted.get("http://api.example.com/").send().await.unwrap_err();
    assert!(error.to_string().contains("not encrypted"), "{error}");
    for origin in [
        "files.example.com",
        "https://files.example.com/v1",
        "https://*.example.com",
        "https://user@files.example.com",
    ] {
        let wrong = fixture.authorize().allow_origin(origin).build();
        assert!(matches!(
            wrong,
            Err(BuildError::InvalidUrl {
                setting: "allow_origin",
                ..
            })
        ));
    }
}

#[tokio::test]
async fn a_redirect_is_returned() {
    let fixture = Fixture::new();
    let client = client(Policy::none(), fixture.authorize());
    let response = client.get(fixture.redirect("/books")).send().await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(fixture.api.requests().len(), 1);
}

#[tokio::test]
async fn follow_redirects_sends_credentials_only_within_the_origin() {
    let fixture = Fixture::new();
    let client = client(Policy::none(), fixture.authorize().follow_redirects());
    let response = client.get(fixture.redirect("/books")).send().await.unwrap();
    assert_eq!(
        (response.status(), response.url().as_str()),
        (http::StatusCode::OK, &*fixture.api.url("/books"))
    );

    let call = client.get(fixture.redirect(&fixture.elsewhere.url("/landed")));
    let response = call.header("x-api-key", "not-a-real-key").send().await.unwrap();
    assert_eq!(response.url().as_str(), fixture.elsewhere.url("/landed"));
    let landed = &fixture.elsewhere.requests()[0];
    assert!(landed.header("authorization").is_none() && landed.header("x-api-key").is_none());

    fixture.api.always(MockResponse::new(302).header("location", "/again"));
    let error = client.get(fixture.api.url("/x")).send().await.unwrap_err();
    assert!(
        matches!(evergrant_error(&error), Error::TooManyRedirects { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_redirect_followed_by_the_http_client_is_detected() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let client = client(Policy::default(), fixture.authorize());
    let url = fixture.redirect(&fixture.elsewhere.url("/landed"));
    let error = client.get(&url).send().await.unwrap_err();
    assert!(
        matches!(evergrant_error(&error), Error::UnexpectedRedirect { to, .. } if *to == fixture.elsewhere.url("")),
        "{error}"
    );
    assert!(error.to_string().contains("Policy::none()"), "{error}");
    assert_eq!(logs.by_name("evergrant.unexpected_redirect").len(), 1);

    client.get(fixture.redirect("/books")).send().await.unwrap();
    client.get(&url).with_extension(Unauthenticated).send().await.unwrap();
    assert_eq!(logs.by_name("evergrant.unexpected_redirect").len(), 1);
}

#[tokio::test]
async fn a_401_from_an_unexpected_redirect_does_not_renew() {
    let fixture = Fixture::new();
    let client = client(
        Policy::default(),
        fixture.authorize().allow_origin(fixture.elsewhere.url("")),
    );
    fixture.elsewhere.always(MockResponse::new(401));
    let url = fixture.redirect(&fixture.elsewhere.url("/landed"));
    client.get(&url).send().await.unwrap_err();
    client.get(fixture.api.url("/books")).send().await.unwrap();
    assert_eq!(fixture.auth.token_requests(), 1);
}

struct Mock;

#[async_trait]
impl Middleware for Mock {
    async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> reqwest_middleware::Result<Response> {
        assert!(request.headers().contains_key("authorization"));
        Ok(http::Response::new("from a mock").into())
    }
}

#[tokio::test]
async fn a_manually_built_response_is_not_an_unexpected_redirect() {
    let fixture = Fixture::new();
    let client = ClientBuilder::from_client(client(Policy::none(), fixture.authorize()));
    let response = client
        .with(Mock)
        .build()
        .get(fixture.api.url("/books"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.text().await.unwrap(), "from a mock");
}
