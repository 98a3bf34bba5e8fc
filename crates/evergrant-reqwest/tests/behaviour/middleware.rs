//! The middleware on real sockets: replays after a 401, and requests that cannot be replayed.

use std::io;
use std::sync::{Arc, Mutex};

use evergrant::scheme::ApiKey;
use evergrant::{ClientCredentials, Error as AuthError, TokenManagerBuilder};
use evergrant_reqwest::middleware::{Authorize, AuthorizeBuilder, Unauthenticated};
use evergrant_reqwest::{Error, Transport};
use evergrant_testing::{ApiServer, AuthServer, LogCapture, MockResponse};
use reqwest::redirect::Policy;
use reqwest::{Body, Client};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};

use crate::support::SECRET;

struct Fixture {
    auth: AuthServer,
    api: ApiServer,
}

impl Fixture {
    fn new() -> Self {
        let auth = AuthServer::builder().client("shop", SECRET).start();
        let api = auth.api();
        Self { auth, api }
    }

    fn tokens(&self) -> TokenManagerBuilder {
        let builder = ClientCredentials::builder("shop", SECRET).token_url(self.auth.token_url());
        builder.retries(0)
    }

    fn authorize(&self, tokens: TokenManagerBuilder) -> AuthorizeBuilder {
        let tokens = tokens.build(Transport::default()).expect("a manager");
        Authorize::builder(tokens).allow_origin(self.api.url(""))
    }

    fn client(&self) -> ClientWithMiddleware {
        client(self.authorize(self.tokens()))
    }

    fn url(&self, path: &str) -> String {
        self.api.url(path)
    }
}

fn client(authorize: AuthorizeBuilder) -> ClientWithMiddleware {
    let http = Client::builder().redirect(Policy::none()).no_proxy().build();
    ClientBuilder::new(http.expect("a client"))
        .with(authorize.build().expect("origins"))
        .build()
}

pub(crate) fn evergrant_error(error: &reqwest_middleware::Error) -> &Error {
    let reqwest_middleware::Error::Middleware(error) = error else {
        panic!("{error:?}")
    };
    error.downcast_ref().expect("an evergrant error")
}

#[tokio::test]
async fn calls_share_one_token() {
    let fixture = Fixture::new();
    let client = fixture.client();
    for _ in 0..3 {
        let response = client.get(fixture.url("/books")).send().await.unwrap();
        assert!(response.text().await.unwrap().contains("The Dispossessed"));
    }
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (3, 1));
}

#[tokio::test]
async fn a_revoked_token_is_renewed_and_the_request_replayed() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let client = fixture.client();
    client.get(fixture.url("/books")).send().await.unwrap();
    fixture.auth.revoke_all();
    let response = client
        .post(fixture.url("/echo"))
        .body("replayable")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (response.status().as_u16(), response.text().await.unwrap().as_str()),
        (200, "replayable")
    );
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (3, 2));
    assert_eq!(logs.by_name("evergrant.replayed").len(), 1);
}

#[tokio::test]
async fn permanent_401s_cause_few_renewals() {
    let fixture = Fixture::new();
    let client = fixture.client();
    for _ in 0..100 {
        let response = client.get(fixture.url("/always-401")).send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key("www-authenticate"));
    }
    assert!(fixture.auth.token_requests() <= 3, "{}", fixture.auth.token_requests());
}

#[tokio::test]
async fn a_403_renews_only_with_renew_when() {
    let fixture = Fixture::new();
    let response = fixture.client().get(fixture.url("/forbidden")).send().await.unwrap();
    assert_eq!((response.status().as_u16(), fixture.auth.token_requests()), (403, 1));
    let client = client(
        fixture
            .authorize(fixture.tokens())
            .renew_when(|head| head.status() == 403),
    );
    fixture.api.next(MockResponse::new(403));
    assert_eq!(client.get(fixture.url("/books")).send().await.unwrap().status(), 200);
    assert_eq!(fixture.auth.token_requests(), 3);
}

#[tokio::test]
async fn a_streaming_body_is_not_replayed_and_emits_an_event() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    fixture.api.reject_next(1);
    let stream = futures_util::stream::iter([Ok::<_, io::Error>("streamed")]);
    let call = fixture
        .client()
        .post(fixture.url("/echo"))
        .body(Body::wrap_stream(stream));
    assert_eq!(call.send().await.unwrap().status(), 401);
    assert_eq!(fixture.api.requests().len(), 1);
    let events = logs.by_name("evergrant.not_replayed");
    assert!(
        events.len() == 1 && events[0].fields["reason"].contains("stream"),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_caller_provided_authorization_header_is_an_error() {
    let fixture = Fixture::new();
    let custom = || fixture.client().get(fixture.url("/books")).bearer_auth("custom");
    let error = custom().send().await.unwrap_err();
    assert!(matches!(evergrant_error(&error), Error::Request(_)), "{error}");
    assert!(fixture.api.requests().is_empty());
    let response = custom().with_extension(Unauthenticated).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(fixture.api.requests()[0].header("authorization"), Some("Bearer custom"));
}

#[tokio::test]
async fn a_provider_error_can_be_downcast_and_keeps_its_source() {
    let fixture = Fixture::new();
    let sealed = |_, _| async { Err(AuthError::provider(io::Error::other("the vault is sealed"))) };
    let client = client(fixture.authorize(fixture.tokens().token_provider(sealed)));
    let error = client.get(fixture.url("/books")).send().await.unwrap_err();
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
    assert!(
        matches!(evergrant_error(&error), Error::Authorization(AuthError::Callback(_))),
        "{error}"
    );
    let source = std::error::Error::source(evergrant_error(&error)).unwrap();
    assert!(source.is::<io::Error>(), "{source:?}");
}

#[tokio::test]
async fn a_recursive_token_provider_fails_instead_of_deadlocking() {
    let fixture = Fixture::new();
    let client_slot: Arc<Mutex<Option<ClientWithMiddleware>>> = Arc::default();
    let (slot, url) = (Arc::clone(&client_slot), fixture.url("/books"));
    let tokens = fixture.tokens().token_provider(move |_, _| {
        let call = slot.lock().unwrap().take().unwrap().get(&url);
        async move {
            let error = call.send().await.unwrap_err();
            match evergrant_error(&error) {
                Error::Authorization(error) => Err(error.clone()),
                other => panic!("{other}"),
            }
        }
    });
    let client = client(fixture.authorize(tokens));
    *client_slot.lock().unwrap() = Some(client.clone());
    let error = client.get(fixture.url("/books")).send().await.unwrap_err();
    assert!(
        matches!(
            evergrant_error(&error),
            Error::Authorization(AuthError::ProviderCycle(_))
        ),
        "{error}"
    );
}

#[tokio::test]
async fn responses_and_errors_omit_the_query_key() {
    let api = ApiServer::unprotected();
    let key = ApiKey::in_query("key", "api_key")
        .unwrap()
        .with_key("not-a-real-key")
        .unwrap();
    let client = client(Authorize::builder(key).allow_origin(api.url("")));
    let url = api.url("/books?page=2");
    let response = client.get(&url).send().await.unwrap();
    assert_eq!(
        api.requests()[0].query_value("api_key").as_deref(),
        Some("not-a-real-key")
    );
    assert_eq!(response.url().as_str(), url);
    drop(api);
    let error = client.get(&url).send().await.unwrap_err();
    let shown = format!("{error} {error:?} {response:?}");
    assert!(error.is_request() && shown.contains("page=2"), "{shown}");
    assert!(!shown.contains("not-a-real"), "{shown}");
}

#[test]
fn debug_shows_no_secret() {
    let fixture = Fixture::new();
    let builder = fixture.authorize(fixture.tokens().param("tenant", SECRET));
    let shown = format!("{builder:?}");
    let shown = format!("{shown} {:?} {Unauthenticated:?}", builder.build().unwrap());
    assert!(!shown.contains("not-a-real"), "{shown}");
}
