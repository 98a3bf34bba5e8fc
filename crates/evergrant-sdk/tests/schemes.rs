//! Every kind of scheme: configured, not configured, and what else of the settings goes where.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod support;

use std::sync::{Arc, Mutex};

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::{
    BasicCredentials, BearerCredentials, BuildError, Core, Error, Exchange, Expect, KeyCredentials, OAuthCredentials,
    Secret, Settings, Status, Token, Untyped, decode, describe::Operation, evergrant,
};
use evergrant_testing::{Answer, ApiServer, RecordedRequest};
use support::{SECRET, World, api, credentials, with};

async fn call(core: &Core, operation: &'static Operation) -> Result<(), Error> {
    let answers = [Expect::new(Status::Any, decode::empty)];
    core.request(operation)
        .send::<_, Untyped>(&answers, &[])
        .await
        .map(|_| ())
}

/// An API that lets everybody in, and settings that lead there.
fn open() -> (ApiServer, Settings) {
    let server = ApiServer::open();
    let mut settings = Settings::new(&api::API);
    settings.server(0, server.url("/"));
    (server, settings)
}

fn last(server: &ApiServer) -> RecordedRequest {
    server.requests().pop().unwrap()
}

#[tokio::test]
async fn a_scheme_that_is_not_configured_sends_nothing_and_is_named() {
    let (server, settings) = open();
    let core = settings.build().unwrap();
    for (operation, named) in [
        (&api::LIST_BOOKS, "`clientCredentials`"),
        (&api::KEYED, "`apiKey`, or `basicAuth`"),
        (&api::SESSION_ALONE, "`session`"),
        (&api::BY_PASSWORD, "`password`"),
        (&api::CONFLICTING, "`authorizationCode` and `clientCredentials`"),
    ] {
        let error = call(&core, operation).await.unwrap_err();
        let Error::Authorization(evergrant::Error::RequirementNotMet(unmet)) = &error else {
            panic!("{error}")
        };
        assert!(unmet.to_string().ends_with(named), "{unmet}");
    }
    assert!(server.requests().is_empty());
    call(&core, &api::OPEN).await.unwrap();
    call(&core, &api::OPTIONAL).await.unwrap();
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
}

#[tokio::test]
async fn credentials_that_are_at_hand_go_where_the_description_says() {
    let (server, mut settings) = open();
    settings.basic(api::BASIC, BasicCredentials::new("jane", "not-a-real-password"));
    settings.bearer(api::BEARER, BearerCredentials::new("not-a-real-token"));
    settings.keys(api::COOKIE, KeyCredentials::new(["not-a-real-cookie"]));
    let core = settings.clone().build().unwrap();
    call(&core, &api::KEYED).await.unwrap();
    assert_eq!(
        last(&server).header("authorization"),
        Some("Basic amFuZTpub3QtYS1yZWFsLXBhc3N3b3Jk")
    );
    call(&core, &api::OPTIONAL).await.unwrap();
    assert_eq!(last(&server).header("authorization"), Some("Bearer not-a-real-token"));
    call(&core, &api::COOKIED).await.unwrap();
    assert_eq!(last(&server).header("cookie"), Some("SID=not-a-real-cookie"));

    settings.keys(api::KEYS, KeyCredentials::new(["key one", "key-two"]));
    call(&settings.build().unwrap(), &api::KEYED).await.unwrap();
    let request = last(&server);
    assert_eq!(request.query_value("token").as_deref(), Some("key one"));
    assert_eq!(request.header("x-key"), Some("key-two"));
    assert_eq!(request.header("authorization"), None, "the first alternative is enough");
}

#[tokio::test]
async fn credentials_that_cannot_work_are_errors_of_the_build() {
    let build = |change: fn(&mut Settings)| {
        let (_server, mut settings) = open();
        change(&mut settings);
        settings.build().unwrap_err().to_string()
    };
    let one = build(|settings| settings.keys(api::KEYS, KeyCredentials::new(["not-a-real-key"])));
    assert!(
        one.contains("`apiKey`") && one.contains("another number of keys"),
        "{one}"
    );
    let broken = build(|settings| settings.bearer(api::BEARER, BearerCredentials::new("not-a-real\r\ntoken")));
    assert!(broken.contains("`jwt`") && !broken.contains("not-a-real"), "{broken}");
    let other = build(|settings| settings.basic(api::BEARER, BasicCredentials::new("a", "b")));
    assert!(other.contains("another kind"), "{other}");
    let token = build(|settings| settings.token(api::CCG, Token::new("not-a-real-token")));
    assert!(
        token.contains("`clientCredentials`") && token.contains("no credentials"),
        "{token}"
    );
    let header = build(|settings| settings.described_header(0, "not-a-real\nsecret"));
    assert!(
        header.contains("X-M2M-Token") && !header.contains("not-a-real"),
        "{header}"
    );
}

#[tokio::test]
async fn each_grant_asks_with_what_the_description_says() {
    let world = World::new();
    let mut settings = world.settings();
    settings.oauth(api::CCG, credentials().scopes(["books.read"]));
    let password = OAuthCredentials::password("shop", SECRET, "jane", "not-a-real-password");
    settings.oauth(api::PASSWORD, password);
    let acg = OAuthCredentials::authorization_code("shop", SECRET, "http://127.0.0.1/callback");
    settings.oauth(api::ACG, acg);
    let core = settings.build().unwrap();

    call(&core, &api::LIST_BOOKS).await.unwrap();
    let request = world.auth.last_token_request();
    assert!(request.header("authorization").unwrap().starts_with("Basic "));
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("scope", "books.read"),
        ("audience", "https://api.example.com"),
        ("tier", "gold"),
    ] {
        assert_eq!(request.form_value(name).as_deref(), Some(value));
    }

    call(&core, &api::BY_PASSWORD).await.unwrap();
    let request = world.auth.last_token_request();
    assert_eq!(request.form_value("username").as_deref(), Some("jane"));
    assert_eq!(request.form_value("client_secret").as_deref(), Some(SECRET));
    assert_eq!(request.form_value("scope"), None);

    let error = call(&core, &api::BY_USER).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::SignInRequired(_))),
        "{error}"
    );
    let sign_in = core.manager(api::ACG).unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let back = world.auth.visit(request.url().as_str());
    sign_in.finish(&request, &back).await.unwrap();
    call(&core, &api::BY_USER).await.unwrap();
    let before = world.auth.token_requests();
    call(&core, &api::CONFLICTING).await.unwrap();
    assert_eq!(
        world.auth.token_requests(),
        before,
        "the last listed is sent, and it has its token"
    );
}

#[tokio::test]
async fn what_the_application_says_of_a_grant_goes_above_the_description() {
    let world = World::new();
    let elsewhere = evergrant_testing::AuthServer::builder().client("shop", SECRET).start();
    let credentials = credentials()
        .client_auth(evergrant_sdk::ClientAuth::Post)
        .token_url(elsewhere.token_url())
        .configure(|tokens| tokens.param("extra", "1"));
    let core = world.core_with(|settings| settings.oauth(api::CCG, credentials));
    core.manager(api::CCG).unwrap().token().await.unwrap();
    assert_eq!(world.auth.token_requests(), 0);
    let request = elsewhere.last_token_request();
    assert_eq!(request.form_value("client_secret").as_deref(), Some(SECRET));
    assert_eq!(request.form_value("extra").as_deref(), Some("1"));

    // A public client has no secret to authenticate with, whatever the description says.
    let auth = evergrant_testing::AuthServer::builder().public_client("app").start();
    let public = OAuthCredentials::client_credentials_public("app").token_url(auth.token_url());
    let core = world.core_with(|settings| settings.oauth(api::CCG, public));
    core.manager(api::CCG).unwrap().token().await.unwrap();
    assert_eq!(auth.last_token_request().header("authorization"), None);
}

#[tokio::test]
async fn with_least_privilege_each_set_of_scopes_has_its_token() {
    let world = World::new();
    let core = world.core_with(|settings| settings.oauth(api::CCG, credentials().least_privilege()));
    for operation in [
        &api::LIST_BOOKS,
        &api::GET_BOOKS_AGAIN,
        &api::WRITE_ORDER,
        &api::LIST_BOOKS,
    ] {
        call(&core, operation).await.unwrap();
    }
    let requests = world.auth.requests();
    let scopes: Vec<_> = requests
        .iter()
        .filter_map(|request| request.form_value("scope"))
        .collect();
    assert_eq!(scopes, ["books.read", "orders.write books.read"]);
}

#[tokio::test]
async fn tokens_of_the_applications_own_are_taken_and_new_ones_told_of() {
    let world = World::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let (listener, auth) = (Arc::clone(&told), world.auth.clone());
    let credentials = credentials()
        .token_provider(move |_: Option<Token>, _: Exchange| {
            let token = auth.issue_token("shop", &[]);
            async move { Ok::<_, evergrant::Error>(Token::new(token)) }
        })
        .on_token_update(move |token| listener.lock().unwrap().push(token.access_token().expose().to_owned()));
    let core = world.core_with(|settings| settings.oauth(api::CCG, credentials));
    call(&core, &api::LIST_BOOKS).await.unwrap();
    call(&core, &api::LIST_BOOKS).await.unwrap();
    assert_eq!(world.auth.token_requests(), 0);
    let given = core.manager(api::CCG).unwrap().token().await.unwrap();
    for _ in 0..200 {
        if !told.lock().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(*told.lock().unwrap(), [given.access_token().expose()]);
}

#[tokio::test]
async fn in_manual_style_the_application_fetches() {
    let world = World::new();
    let core = world.core_with(|settings| settings.oauth(api::CCG, credentials().manual()));
    let error = call(&core, &api::LIST_BOOKS).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::NotAuthorized(_))),
        "{error}"
    );
    assert!(world.auth.requests().is_empty() && world.api.requests().is_empty());
    let token = core.manager(api::CCG).unwrap().fetch_token().await.unwrap();
    let authorized = with(&core, |settings| settings.token(api::CCG, token));
    call(&authorized, &api::LIST_BOOKS).await.unwrap();
    assert!(
        call(&core, &api::LIST_BOOKS).await.is_err(),
        "the first client is as it was"
    );
}

#[tokio::test]
async fn a_stored_token_is_used_before_another_is_asked_for() {
    let world = World::new();
    let stored = || Token::new(world.auth.issue_token("shop", &[]));
    let by_credentials = world.core_with(|settings| settings.oauth(api::CCG, credentials().token(stored())));
    // Before or after the credentials makes no difference.
    let mut settings = world.settings();
    settings.token(api::CCG, stored());
    settings.oauth(api::CCG, credentials());
    for core in [by_credentials, settings.build().unwrap()] {
        call(&core, &api::LIST_BOOKS).await.unwrap();
    }
    assert_eq!(world.auth.token_requests(), 0);
}

#[tokio::test]
async fn headers_of_every_call_reach_the_api_and_never_the_token_endpoint() {
    let world = World::new();
    let elsewhere = ApiServer::open();
    let core = world.core_with(|settings| {
        settings.header(HeaderName::from_static("x-tenant"), HeaderValue::from_static("seven"));
        settings.described_header(0, "not-a-real-m2m-token");
    });
    call(&core, &api::LIST_BOOKS).await.unwrap();
    let request = world.api.requests().pop().unwrap();
    assert_eq!(request.header("x-tenant"), Some("seven"));
    assert_eq!(request.header("x-m2m-token"), Some("not-a-real-m2m-token"));
    let request = world.auth.last_token_request();
    assert_eq!(
        (request.header("x-tenant"), request.header("x-m2m-token")),
        (None, None)
    );

    // A redirect elsewhere takes neither along; one to an origin that is allowed does.
    let redirect = || Answer::new(307).header("location", &elsewhere.url("/moved"));
    world.api.next(redirect());
    call(&core, &api::LIST_BOOKS).await.unwrap();
    let stranger = last(&elsewhere);
    for name in ["x-tenant", "x-m2m-token", "authorization"] {
        assert_eq!(stranger.header(name), None, "{name}");
    }
    let trusting = with(&core, |settings| settings.allow_origin(elsewhere.url("")));
    world.api.next(redirect());
    call(&trusting, &api::LIST_BOOKS).await.unwrap();
    assert_eq!(last(&elsewhere).header("x-m2m-token"), Some("not-a-real-m2m-token"));
    assert!(last(&elsewhere).header("authorization").is_some());
}

#[tokio::test]
async fn the_next_alternative_is_used_in_an_outage_only_if_that_was_asked_for() {
    let world = World::new();
    let bearer = world.auth.issue_token("shop", &[]);
    let core = world.core_with(|settings| {
        settings.bearer(api::BEARER, BearerCredentials::new(Secret::from(bearer)));
    });
    world.auth.stop();
    let error = call(&core, &api::EITHER).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    call(&with(&core, Settings::with_fallback), &api::EITHER).await.unwrap();
}

#[tokio::test]
async fn an_http_client_of_the_applications_own_carries_calls_and_token_requests() {
    let world = World::new();
    let name = HeaderName::from_static("x-from-http");
    let headers = || [(name.clone(), HeaderValue::from_static("yes"))].into_iter().collect();
    let finished = reqwest::Client::builder().no_proxy().default_headers(headers());
    let finished = finished.build().unwrap();
    let (changed, agent) = (headers(), "shop/2");
    let by_change = world.core_with(|settings| {
        settings.http(move |http| http.default_headers(changed.clone()).user_agent(agent));
    });
    let by_client = world.core_with(|settings| settings.danger_http_client(finished));
    for core in [by_change, by_client] {
        call(&core, &api::LIST_BOOKS).await.unwrap();
        assert_eq!(world.api.requests().pop().unwrap().header("x-from-http"), Some("yes"));
        assert_eq!(world.auth.last_token_request().header("x-from-http"), Some("yes"));
    }
    assert_eq!(world.api.requests()[0].header("user-agent"), Some(agent));
    assert_eq!(world.auth.requests()[0].header("user-agent"), Some(agent));
}

#[tokio::test]
async fn a_description_that_contradicts_itself_is_an_error_and_no_panic() {
    let (_server, mut settings) = open();
    settings.basic(99, BasicCredentials::new("a", "b"));
    settings.variable(99, "x");
    settings.server(99, "x");
    settings.described_header(99, "x");
    settings.token(99, Token::new("x"));
    let core = settings.build().unwrap();
    assert!(core.manager(99).is_none());
    assert!(matches!(call(&core, &api::BROKEN).await, Err(Error::Request(_))));
    let mut settings = Settings::new(&api::API);
    settings.environment(99);
    assert_eq!(settings.build().unwrap_err(), BuildError::MissingBaseUrl);
}
