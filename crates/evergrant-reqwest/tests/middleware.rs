//! The middleware on real sockets: replay after a 401, and what cannot be replayed.

use std::io;
use std::sync::{Arc, Mutex};

use evergrant::scheme::ApiKey;
use evergrant::{ClientCredentials, Error as AuthError, TokenManagerBuilder};
use evergrant_reqwest::middleware::{Authorize, AuthorizeBuilder, Unauthenticated};
use evergrant_reqwest::{Error, Transport};
use evergrant_testing::{Answer, ApiServer, AuthServer, LogCapture};
use reqwest::redirect::Policy;
use reqwest::{Body, Client};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};

const SECRET: &str = "not-a-real-secret";

struct Shop {
    auth: AuthServer,
    api: ApiServer,
}

impl Shop {
    fn new() -> Self {
        let auth = AuthServer::builder().client("shop", SECRET).start();
        let api = auth.api();
        Self { auth, api }
    }

    fn tokens(&self) -> TokenManagerBuilder {
        let builder = ClientCredentials::new("shop", SECRET).token_url(self.auth.token_url());
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

fn ours(error: &reqwest_middleware::Error) -> &Error {
    let reqwest_middleware::Error::Middleware(error) = error else {
        panic!("{error:?}")
    };
    error.downcast_ref().expect("an error of ours")
}

#[tokio::test]
async fn calls_share_one_token() {
    let shop = Shop::new();
    let client = shop.client();
    for _ in 0..3 {
        let answer = client.get(shop.url("/books")).send().await.unwrap();
        assert!(answer.text().await.unwrap().contains("The Dispossessed"));
    }
    assert_eq!((shop.api.requests().len(), shop.auth.token_requests()), (3, 1));
}

#[tokio::test]
async fn a_revoked_token_is_renewed_once_and_the_request_replayed_once() {
    let shop = Shop::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let client = shop.client();
    client.get(shop.url("/books")).send().await.unwrap();
    shop.auth.revoke_all();
    let answer = client.post(shop.url("/echo")).body("replayable").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.text().await.unwrap().as_str()),
        (200, "replayable")
    );
    assert_eq!((shop.api.requests().len(), shop.auth.token_requests()), (3, 2));
    assert_eq!(logs.named("evergrant.replayed").len(), 1);
}

#[tokio::test]
async fn a_second_401_is_returned_as_it_is_and_a_hundred_cost_few_token_requests() {
    let shop = Shop::new();
    let client = shop.client();
    for _ in 0..100 {
        let answer = client.get(shop.url("/always-401")).send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().contains_key("www-authenticate"));
    }
    assert!(shop.auth.token_requests() <= 3, "{}", shop.auth.token_requests());
}

#[tokio::test]
async fn a_403_never_renews_unless_renew_when_says_so() {
    let shop = Shop::new();
    let answer = shop.client().get(shop.url("/forbidden")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), shop.auth.token_requests()), (403, 1));
    let client = client(shop.authorize(shop.tokens()).renew_when(|head| head.status == 403));
    shop.api.next(Answer::new(403));
    assert_eq!(client.get(shop.url("/books")).send().await.unwrap().status(), 200);
    assert_eq!(shop.auth.token_requests(), 3);
}

#[tokio::test]
async fn a_streaming_body_is_not_replayed_and_its_401_is_returned_with_a_note_in_its_trace() {
    let shop = Shop::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    shop.api.refuse_next(1);
    let stream = futures_util::stream::iter([Ok::<_, io::Error>("streamed")]);
    let call = shop.client().post(shop.url("/echo")).body(Body::wrap_stream(stream));
    assert_eq!(call.send().await.unwrap().status(), 401);
    assert_eq!(shop.api.requests().len(), 1);
    let notes = logs.named("evergrant.not_replayed");
    assert!(
        notes.len() == 1 && notes[0].fields["reason"].contains("stream"),
        "{notes:?}"
    );
}

#[tokio::test]
async fn a_request_with_an_authorization_header_of_its_own_is_refused_unless_it_is_unauthenticated() {
    let shop = Shop::new();
    let own = || shop.client().get(shop.url("/books")).bearer_auth("own");
    let error = own().send().await.unwrap_err();
    assert!(matches!(ours(&error), Error::Request(_)), "{error}");
    assert!(shop.api.requests().is_empty());
    let answer = own().with_extension(Unauthenticated).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(shop.api.requests()[0].header("authorization"), Some("Bearer own"));
}

#[tokio::test]
async fn the_error_of_a_token_provider_can_be_downcast_and_keeps_its_source() {
    let shop = Shop::new();
    let sealed = |_, _| async { Err(AuthError::provider(io::Error::other("the vault is sealed"))) };
    let client = client(shop.authorize(shop.tokens().token_provider(sealed)));
    let error = client.get(shop.url("/books")).send().await.unwrap_err();
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
    assert!(
        matches!(ours(&error), Error::Authorization(AuthError::Callback(_))),
        "{error}"
    );
    let source = std::error::Error::source(ours(&error)).unwrap();
    assert!(source.is::<io::Error>(), "{source:?}");
}

#[tokio::test]
async fn a_token_provider_that_calls_through_the_same_client_gets_an_error_and_never_a_deadlock() {
    let shop = Shop::new();
    let own: Arc<Mutex<Option<ClientWithMiddleware>>> = Arc::default();
    let (handed, url) = (Arc::clone(&own), shop.url("/books"));
    let tokens = shop.tokens().token_provider(move |_, _| {
        let call = handed.lock().unwrap().take().unwrap().get(&url);
        async move {
            let error = call.send().await.unwrap_err();
            match ours(&error) {
                Error::Authorization(error) => Err(error.clone()),
                other => panic!("{other}"),
            }
        }
    });
    let client = client(shop.authorize(tokens));
    *own.lock().unwrap() = Some(client.clone());
    let error = client.get(shop.url("/books")).send().await.unwrap_err();
    assert!(
        matches!(ours(&error), Error::Authorization(AuthError::ProviderCycle(_))),
        "{error}"
    );
}

#[tokio::test]
async fn a_key_in_the_query_comes_back_neither_with_the_response_nor_in_an_error() {
    let api = ApiServer::open();
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
    let shop = Shop::new();
    let builder = shop.authorize(shop.tokens().param("tenant", SECRET));
    let shown = format!("{builder:?}");
    let shown = format!("{shown} {:?} {Unauthenticated:?}", builder.build().unwrap());
    assert!(!shown.contains("not-a-real"), "{shown}");
}
