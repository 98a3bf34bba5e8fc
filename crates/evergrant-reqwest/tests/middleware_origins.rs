//! Where the middleware lets credentials go, and what becomes of redirects.

use async_trait::async_trait;
use evergrant::{BuildError, ClientCredentials, Error as AuthError};
use evergrant_reqwest::middleware::{Authorize, AuthorizeBuilder, Unauthenticated};
use evergrant_reqwest::{Error, Transport};
use evergrant_testing::{Answer, ApiServer, AuthServer, LogCapture};
use http::Extensions;
use reqwest::redirect::Policy;
use reqwest::{Client, Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};

const SECRET: &str = "not-a-real-secret";

struct World {
    auth: AuthServer,
    api: ApiServer,
    elsewhere: ApiServer,
}

impl World {
    fn new() -> Self {
        let auth = AuthServer::builder().client("shop", SECRET).start();
        let api = auth.api();
        let elsewhere = ApiServer::open();
        Self { auth, api, elsewhere }
    }

    fn authorize(&self) -> AuthorizeBuilder {
        let builder = ClientCredentials::new("shop", SECRET).token_url(self.auth.token_url());
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

fn ours(error: &reqwest_middleware::Error) -> &Error {
    let reqwest_middleware::Error::Middleware(error) = error else {
        panic!("{error:?}")
    };
    error.downcast_ref().expect("an error of ours")
}

#[tokio::test]
async fn a_request_to_another_origin_is_a_clear_error_and_sends_nothing() {
    let world = World::new();
    let client = client(Policy::none(), world.authorize());
    let error = client.get(world.elsewhere.url("/x")).send().await.unwrap_err();
    assert!(
        matches!(ours(&error), Error::Authorization(AuthError::Origin(_))),
        "{error}"
    );
    assert!(
        error.to_string().contains("allow_origin(\"http://127.0.0.1:"),
        "{error}"
    );
    assert!(world.elsewhere.requests().is_empty() && world.auth.requests().is_empty());
}

#[tokio::test]
async fn an_unauthenticated_request_may_go_anywhere_and_carries_no_credentials() {
    let world = World::new();
    let client = client(Policy::none(), world.authorize());
    for url in [world.elsewhere.url("/x"), world.api.url("/x")] {
        client.get(url).with_extension(Unauthenticated).send().await.unwrap();
    }
    for api in [&world.elsewhere, &world.api] {
        assert!(api.requests()[0].header("authorization").is_none());
    }
    assert!(world.auth.requests().is_empty());
}

#[tokio::test]
async fn every_way_to_allow_an_origin_counts() {
    let world = World::new();
    let wanted = world.elsewhere.url("");
    for authorize in [
        world.authorize().allow_origin(&wanted),
        world
            .authorize()
            .allow_origins_from(move |origin| origin.to_string() == wanted),
        world.authorize().danger_allow_any_origin(),
    ] {
        let client = client(Policy::none(), authorize);
        client.get(world.elsewhere.url("/x")).send().await.unwrap();
        assert!(
            world
                .elsewhere
                .requests()
                .pop()
                .unwrap()
                .header("authorization")
                .is_some()
        );
    }
    let unencrypted = client(Policy::none(), world.authorize().danger_allow_any_origin());
    let error = unencrypted.get("http://api.example.com/").send().await.unwrap_err();
    assert!(error.to_string().contains("not encrypted"), "{error}");
    for origin in [
        "files.example.com",
        "https://files.example.com/v1",
        "https://*.example.com",
        "https://user@files.example.com",
    ] {
        let wrong = world.authorize().allow_origin(origin).build();
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
async fn a_redirect_is_returned_as_it_is() {
    let world = World::new();
    let client = client(Policy::none(), world.authorize());
    let answer = client.get(world.redirect("/books")).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(world.api.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_that_is_to_be_followed_carries_credentials_within_the_origin_and_nothing_elsewhere() {
    let world = World::new();
    let client = client(Policy::none(), world.authorize().follow_redirects());
    let answer = client.get(world.redirect("/books")).send().await.unwrap();
    assert_eq!(
        (answer.status(), answer.url().as_str()),
        (http::StatusCode::OK, &*world.api.url("/books"))
    );

    let call = client.get(world.redirect(&world.elsewhere.url("/landed")));
    let answer = call.header("x-api-key", "not-a-real-key").send().await.unwrap();
    assert_eq!(answer.url().as_str(), world.elsewhere.url("/landed"));
    let landed = &world.elsewhere.requests()[0];
    assert!(landed.header("authorization").is_none() && landed.header("x-api-key").is_none());

    world.api.always(Answer::new(302).header("location", "/again"));
    let error = client.get(world.api.url("/x")).send().await.unwrap_err();
    assert!(matches!(ours(&error), Error::TooManyRedirects { .. }), "{error}");
}

#[tokio::test]
async fn a_redirect_to_another_origin_that_the_client_itself_followed_is_found_out() {
    let world = World::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let client = client(Policy::default(), world.authorize());
    let url = world.redirect(&world.elsewhere.url("/landed"));
    let error = client.get(&url).send().await.unwrap_err();
    assert!(
        matches!(ours(&error), Error::RedirectedUnseen { to, .. } if *to == world.elsewhere.url("")),
        "{error}"
    );
    assert!(error.to_string().contains("Policy::none()"), "{error}");
    assert_eq!(logs.named("evergrant.redirected_unseen").len(), 1);

    client.get(world.redirect("/books")).send().await.unwrap();
    client.get(&url).with_extension(Unauthenticated).send().await.unwrap();
    assert_eq!(logs.named("evergrant.redirected_unseen").len(), 1);
}

#[tokio::test]
async fn a_401_from_where_the_client_followed_a_redirect_costs_no_token() {
    let world = World::new();
    let client = client(
        Policy::default(),
        world.authorize().allow_origin(world.elsewhere.url("")),
    );
    world.elsewhere.always(Answer::new(401));
    let url = world.redirect(&world.elsewhere.url("/landed"));
    client.get(&url).send().await.unwrap_err();
    client.get(world.api.url("/books")).send().await.unwrap();
    assert_eq!(world.auth.token_requests(), 1);
}

struct Mock;

#[async_trait]
impl Middleware for Mock {
    async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> reqwest_middleware::Result<Response> {
        assert!(request.headers().contains_key("authorization"));
        Ok(http::Response::new("made up").into())
    }
}

#[tokio::test]
async fn an_answer_that_was_made_by_hand_is_not_taken_for_a_redirect() {
    let world = World::new();
    let client = ClientBuilder::from_client(client(Policy::none(), world.authorize()));
    let answer = client
        .with(Mock)
        .build()
        .get(world.api.url("/books"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), "made up");
}
