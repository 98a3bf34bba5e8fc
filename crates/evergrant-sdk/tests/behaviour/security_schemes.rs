//! Every kind of scheme, configured and not configured, and the settings that affect its requests.

use std::sync::{Arc, Mutex};

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::{
    BasicCredentials, BearerCredentials, BuildError, Core, Error, Expect, KeyCredentials, Secret, Settings, Status,
    Token, TokenEndpoint, Untyped, decode, evergrant, metadata::Operation,
};
use evergrant_testing::{ApiServer, MockResponse, RecordedRequest};

use crate::support::{
    Fixture, PasswordCredentials, SECRET, ServiceCredentials, UserCredentials, api, credentials, with,
};

async fn call(core: &Core, operation: &'static Operation) -> Result<(), Error> {
    let responses = [Expect::new(Status::Any, decode::empty)];
    core.request(operation)
        .send::<_, Untyped>(&responses, &[])
        .await
        .map(|_| ())
}

/// An API that accepts all requests, and settings for it.
fn open_api() -> (ApiServer, Settings) {
    let server = ApiServer::unprotected();
    let mut settings = Settings::new(&api::API);
    settings.server(0, server.url("/"));
    (server, settings)
}

fn last_request(server: &ApiServer) -> RecordedRequest {
    server.requests().pop().unwrap()
}

#[tokio::test]
async fn a_missing_scheme_is_an_error_that_names_it() {
    let (server, settings) = open_api();
    let core = settings.build().unwrap();
    for (operation, expected) in [
        (&api::LIST_BOOKS, "`clientCredentials`"),
        (&api::KEYS_OR_BASIC, "`apiKey`, or `basicAuth`"),
        (&api::SESSION_ONLY, "`session`"),
        (&api::BY_PASSWORD, "`password`"),
        (&api::CONFLICTING, "`authorizationCode` and `clientCredentials`"),
    ] {
        let error = call(&core, operation).await.unwrap_err();
        let Error::Authorization(evergrant::Error::RequirementNotMet(unmet)) = &error else {
            panic!("{error}")
        };
        assert!(unmet.to_string().ends_with(expected), "{unmet}");
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
async fn static_credentials_are_sent_at_their_location() {
    let (server, mut settings) = open_api();
    settings.basic(api::BASIC, <BasicCredentials>::new("jane", "not-a-real-password"));
    settings.bearer(api::BEARER, <BearerCredentials>::new("not-a-real-token"));
    settings.keys(api::COOKIE, KeyCredentials::new(["not-a-real-cookie"]));
    let core = settings.clone().build().unwrap();
    call(&core, &api::KEYS_OR_BASIC).await.unwrap();
    assert_eq!(
        last_request(&server).header("authorization"),
        Some("Basic amFuZTpub3QtYS1yZWFsLXBhc3N3b3Jk")
    );
    call(&core, &api::OPTIONAL).await.unwrap();
    assert_eq!(
        last_request(&server).header("authorization"),
        Some("Bearer not-a-real-token")
    );
    call(&core, &api::WITH_COOKIE).await.unwrap();
    assert_eq!(last_request(&server).header("cookie"), Some("SID=not-a-real-cookie"));

    settings.keys(api::KEYS, KeyCredentials::new(["key one", "key-two"]));
    call(&settings.build().unwrap(), &api::KEYS_OR_BASIC).await.unwrap();
    let request = last_request(&server);
    assert_eq!(request.query_value("token").as_deref(), Some("key one"));
    assert_eq!(request.header("x-key"), Some("key-two"));
    assert_eq!(request.header("authorization"), None, "the first alternative is used");
}

#[tokio::test]
async fn invalid_credentials_are_build_errors() {
    let build = |change: fn(&mut Settings)| {
        let (_server, mut settings) = open_api();
        change(&mut settings);
        settings.build().unwrap_err().to_string()
    };
    let one = build(|settings| settings.keys(api::KEYS, KeyCredentials::new(["not-a-real-key"])));
    assert!(one.contains("`apiKey`") && one.contains("number of keys"), "{one}");
    let broken = build(|settings| settings.bearer(api::BEARER, <BearerCredentials>::new("not-a-real\r\ntoken")));
    assert!(broken.contains("`jwt`") && !broken.contains("not-a-real"), "{broken}");
    let other = build(|settings| settings.basic(api::BEARER, <BasicCredentials>::new("a", "b")));
    assert!(other.contains("another kind"), "{other}");
    let token = build(|settings| settings.token(api::CCG, Token::new("not-a-real-token")));
    assert!(
        token.contains("`clientCredentials`") && token.contains("without credentials"),
        "{token}"
    );
    let header = build(|settings| settings.described_header(0, "not-a-real\nsecret"));
    assert!(
        header.contains("X-M2M-Token") && !header.contains("not-a-real"),
        "{header}"
    );
}

#[tokio::test]
async fn token_requests_follow_the_description() {
    let fixture = Fixture::new();
    let mut settings = fixture.settings();
    settings.oauth(api::CCG, credentials().scopes(["books.read"]));
    let password = PasswordCredentials::new("shop", SECRET, "jane", "not-a-real-password");
    settings.oauth(api::PASSWORD, password);
    let acg = UserCredentials::new("shop", SECRET, "http://127.0.0.1/callback");
    settings.oauth(api::ACG, acg);
    let core = settings.build().unwrap();

    call(&core, &api::LIST_BOOKS).await.unwrap();
    let request = fixture.auth.last_token_request();
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
    let request = fixture.auth.last_token_request();
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
    let back = fixture.auth.visit(request.url().as_str());
    sign_in.finish(&request, &back).await.unwrap();
    call(&core, &api::BY_USER).await.unwrap();
    let before = fixture.auth.token_requests();
    call(&core, &api::CONFLICTING).await.unwrap();
    assert_eq!(
        fixture.auth.token_requests(),
        before,
        "the last scheme is sent, and its token is cached"
    );
}

#[tokio::test]
async fn settings_of_the_application_take_precedence_over_the_description() {
    let fixture = Fixture::new();
    let elsewhere = evergrant_testing::AuthServer::builder().client("shop", SECRET).start();
    let credentials = credentials()
        .client_auth(evergrant_sdk::ClientAuthMethod::Post)
        .token_url(elsewhere.token_url())
        .configure(|tokens| tokens.param("extra", "1"));
    let core = fixture.core_with(|settings| settings.oauth(api::CCG, credentials));
    core.manager(api::CCG).unwrap().token().await.unwrap();
    assert_eq!(fixture.auth.token_requests(), 0);
    let request = elsewhere.last_token_request();
    assert_eq!(request.form_value("client_secret").as_deref(), Some(SECRET));
    assert_eq!(request.form_value("extra").as_deref(), Some("1"));

    // A public client does not authenticate, regardless of the described method.
    let auth = evergrant_testing::AuthServer::builder().public_client("app").start();
    let public = ServiceCredentials::public("app").token_url(auth.token_url());
    let core = fixture.core_with(|settings| settings.oauth(api::CCG, public));
    core.manager(api::CCG).unwrap().token().await.unwrap();
    assert_eq!(auth.last_token_request().header("authorization"), None);
}

#[tokio::test]
async fn least_privilege_fetches_one_token_per_set_of_scopes() {
    let fixture = Fixture::new();
    let core = fixture.core_with(|settings| settings.oauth(api::CCG, credentials().least_privilege()));
    for operation in [
        &api::LIST_BOOKS,
        &api::GET_BOOKS_AGAIN,
        &api::WRITE_ORDER,
        &api::LIST_BOOKS,
    ] {
        call(&core, operation).await.unwrap();
    }
    let requests = fixture.auth.requests();
    let scopes: Vec<_> = requests
        .iter()
        .filter_map(|request| request.form_value("scope"))
        .collect();
    assert_eq!(scopes, ["books.read", "orders.write books.read"]);
}

#[tokio::test]
async fn tokens_of_a_provider_are_used_and_reported_to_the_callback() {
    let fixture = Fixture::new();
    let updates = Arc::new(Mutex::new(Vec::new()));
    let (listener, auth) = (Arc::clone(&updates), fixture.auth.clone());
    let credentials = credentials()
        .token_provider(move |_: Option<Token>, _: TokenEndpoint| {
            let token = auth.issue_token("shop", &[]);
            async move { Ok::<_, evergrant::Error>(Token::new(token)) }
        })
        .on_token_update(move |token| listener.lock().unwrap().push(token.access_token().expose().to_owned()));
    let core = fixture.core_with(|settings| settings.oauth(api::CCG, credentials));
    call(&core, &api::LIST_BOOKS).await.unwrap();
    call(&core, &api::LIST_BOOKS).await.unwrap();
    assert_eq!(fixture.auth.token_requests(), 0);
    let current = core.manager(api::CCG).unwrap().token().await.unwrap();
    for _ in 0..200 {
        if !updates.lock().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(*updates.lock().unwrap(), [current.access_token().expose()]);
}

#[tokio::test]
async fn with_manual_fetching_only_the_application_fetches_tokens() {
    let fixture = Fixture::new();
    let core = fixture.core_with(|settings| settings.oauth(api::CCG, credentials().manual()));
    let error = call(&core, &api::LIST_BOOKS).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::NotAuthorized(_))),
        "{error}"
    );
    assert!(fixture.auth.requests().is_empty() && fixture.api.requests().is_empty());
    let token = core.manager(api::CCG).unwrap().fetch_token().await.unwrap();
    let authorized = with(&core, |settings| settings.token(api::CCG, token));
    call(&authorized, &api::LIST_BOOKS).await.unwrap();
    assert!(
        call(&core, &api::LIST_BOOKS).await.is_err(),
        "the first client is unchanged"
    );
}

#[tokio::test]
async fn a_stored_token_is_used_before_fetching() {
    let fixture = Fixture::new();
    let stored = || Token::new(fixture.auth.issue_token("shop", &[]));
    let by_credentials = fixture.core_with(|settings| settings.oauth(api::CCG, credentials().token(stored())));
    // The order of token and credentials does not matter.
    let mut settings = fixture.settings();
    settings.token(api::CCG, stored());
    settings.oauth(api::CCG, credentials());
    for core in [by_credentials, settings.build().unwrap()] {
        call(&core, &api::LIST_BOOKS).await.unwrap();
    }
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[tokio::test]
async fn client_headers_are_sent_to_the_api_and_never_to_the_token_endpoint() {
    let fixture = Fixture::new();
    let elsewhere = ApiServer::unprotected();
    let core = fixture.core_with(|settings| {
        settings.header(HeaderName::from_static("x-tenant"), HeaderValue::from_static("seven"));
        settings.described_header(0, "not-a-real-m2m-token");
    });
    call(&core, &api::LIST_BOOKS).await.unwrap();
    let request = fixture.api.requests().pop().unwrap();
    assert_eq!(request.header("x-tenant"), Some("seven"));
    assert_eq!(request.header("x-m2m-token"), Some("not-a-real-m2m-token"));
    let request = fixture.auth.last_token_request();
    assert_eq!(
        (request.header("x-tenant"), request.header("x-m2m-token")),
        (None, None)
    );

    // A redirect to another origin does not include them, unless the origin is allowed.
    let redirect = || MockResponse::new(307).header("location", &elsewhere.url("/moved"));
    fixture.api.next(redirect());
    call(&core, &api::LIST_BOOKS).await.unwrap();
    let redirected = last_request(&elsewhere);
    for name in ["x-tenant", "x-m2m-token", "authorization"] {
        assert_eq!(redirected.header(name), None, "{name}");
    }
    let allowed = with(&core, |settings| settings.allow_origin(elsewhere.url("")));
    fixture.api.next(redirect());
    call(&allowed, &api::LIST_BOOKS).await.unwrap();
    assert_eq!(
        last_request(&elsewhere).header("x-m2m-token"),
        Some("not-a-real-m2m-token")
    );
    assert!(last_request(&elsewhere).header("authorization").is_some());
}

#[tokio::test]
async fn the_next_alternative_is_used_in_an_outage_only_with_fallback() {
    let fixture = Fixture::new();
    let bearer = fixture.auth.issue_token("shop", &[]);
    let core = fixture.core_with(|settings| {
        settings.bearer(api::BEARER, <BearerCredentials>::new(Secret::from(bearer)));
    });
    fixture.auth.stop();
    let error = call(&core, &api::EITHER).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    call(&with(&core, Settings::with_fallback), &api::EITHER).await.unwrap();
}

#[tokio::test]
async fn a_custom_http_client_sends_calls_and_token_requests() {
    let fixture = Fixture::new();
    let name = HeaderName::from_static("x-from-http");
    let headers = || [(name.clone(), HeaderValue::from_static("yes"))].into_iter().collect();
    let builder = reqwest::Client::builder().no_proxy().default_headers(headers());
    let http_client = builder.build().unwrap();
    let (default_headers, agent) = (headers(), "shop/2");
    let by_change = fixture.core_with(|settings| {
        settings.http(move |http| http.default_headers(default_headers.clone()).user_agent(agent));
    });
    let by_client = fixture.core_with(|settings| settings.danger_http_client(http_client));
    for core in [by_change, by_client] {
        call(&core, &api::LIST_BOOKS).await.unwrap();
        assert_eq!(fixture.api.requests().pop().unwrap().header("x-from-http"), Some("yes"));
        assert_eq!(fixture.auth.last_token_request().header("x-from-http"), Some("yes"));
    }
    assert_eq!(fixture.api.requests()[0].header("user-agent"), Some(agent));
    assert_eq!(fixture.auth.requests()[0].header("user-agent"), Some(agent));
}

#[tokio::test]
async fn an_invalid_index_is_an_error_or_ignored() {
    let (_server, mut settings) = open_api();
    settings.basic(99, <BasicCredentials>::new("a", "b"));
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
