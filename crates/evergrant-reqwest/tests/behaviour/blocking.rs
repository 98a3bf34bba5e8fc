//! The blocking client on real sockets, with the same rules as the async client.

use std::io;

use evergrant::{ClientCredentials, Error as AuthError, TokenManager};
use evergrant_reqwest::{Error, Transport, blocking};
use evergrant_testing::{ApiServer, AuthServer, Fault, LogCapture, MockResponse};
use reqwest::{Body, multipart};

use crate::support::{Book, SECRET};

struct Fixture {
    auth: AuthServer,
    api: ApiServer,
    tokens: TokenManager,
    client: blocking::Client,
}

fn fixture() -> Fixture {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let tokens = ClientCredentials::builder("shop", SECRET)
        .token_url(auth.token_url())
        .retries(0)
        .build(Transport::default())
        .expect("a manager");
    let client = blocking::Client::builder(tokens.clone())
        .base_url(api.url("/"))
        .build()
        .expect("a client");
    Fixture {
        auth,
        api,
        tokens,
        client,
    }
}

#[test]
fn calls_share_one_token() {
    let fixture = fixture();
    for _ in 0..3 {
        let books: Vec<Book> = fixture.client.get("books").send().unwrap().json().unwrap();
        assert_eq!(books[0].title, "The Dispossessed");
    }
    assert_eq!(fixture.api.requests()[0].path, "/books");
    assert_eq!(fixture.auth.token_requests(), 1);
}

#[test]
fn a_path_out_of_the_base_url_fails_without_sending() {
    let fixture = fixture();
    let client = blocking::Client::builder(fixture.tokens.clone());
    let client = client.base_url(fixture.api.url("/v1")).build().unwrap();
    for path in ["../x", "%252e%252e/x", "a/..%2F..%2Fx", "..\\x", "..;/x"] {
        let error = client.get(path).send().unwrap_err();
        assert!(error.to_string().contains("out of the base URL"), "{path}: {error}");
    }
    assert!(fixture.api.requests().is_empty() && fixture.auth.requests().is_empty());
    client.get("a%2Fb").send_ok().unwrap();
    assert_eq!(fixture.api.requests()[0].path, "/v1/a%2Fb");
}

#[test]
fn a_body_is_replayed_after_a_401() {
    let fixture = fixture();
    let pieces = || futures_util::stream::iter(["piece by ", "piece"].map(Ok::<_, io::Error>));
    let post = || fixture.client.post("echo");
    let requests = [
        post().body("text"),
        post().json(&["json"]),
        post().form(&[("a", "form")]),
        post().multipart(multipart::Form::new().part("file", multipart::Part::stream(Body::wrap_stream(pieces())))),
    ];
    let bodies = ["text", "[\"json\"]", "a=form", "piece by piece"];
    for (request, body) in requests.into_iter().zip(bodies) {
        fixture.client.get("books").send_ok().unwrap();
        fixture.auth.revoke_all();
        fixture.api.reset_records();
        let response = request.send_ok().unwrap().text().unwrap();
        assert!(response.contains(body), "{response}");
        let sent = fixture.api.requests();
        assert_eq!((sent.len(), &sent[0].body), (2, &sent[1].body));
        assert_eq!(sent[0].header("content-type"), sent[1].header("content-type"));
    }
    assert_eq!(fixture.auth.token_requests(), 5, "one for each 401");
}

#[test]
fn a_streaming_body_is_not_replayed() {
    let fixture = fixture();
    let logs = LogCapture::new();
    let _guard = logs.install();
    fixture.api.reject_next(1);
    let stream = futures_util::stream::iter([Ok::<_, io::Error>("streamed")]);
    let call = fixture.client.post("echo").body(Body::wrap_stream(stream));
    assert_eq!(call.send().unwrap().status(), 401);
    assert_eq!(
        (
            fixture.api.requests().len(),
            logs.by_name("evergrant.not_replayed").len()
        ),
        (1, 1)
    );
}

#[test]
fn permanent_401s_cause_few_renewals() {
    let fixture = fixture();
    for _ in 0..100 {
        let response = fixture.client.get("always-401").send().unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key("www-authenticate"));
    }
    assert!(fixture.auth.token_requests() <= 3, "{}", fixture.auth.token_requests());
}

#[test]
fn a_403_renews_only_with_renew_when() {
    let fixture = fixture();
    let response = fixture.client.get("forbidden").send().unwrap();
    assert_eq!((response.status().as_u16(), fixture.auth.token_requests()), (403, 1));
    let client = blocking::Client::builder(fixture.tokens.clone())
        .base_url(fixture.api.url("/"))
        .renew_when(|head| head.status() == 403)
        .build()
        .unwrap();
    fixture.api.next(MockResponse::new(403));
    assert_eq!(client.get("books").send().unwrap().status(), 200);
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[test]
fn a_call_to_another_origin_must_be_allowed_or_unauthenticated() {
    let fixture = fixture();
    let elsewhere = ApiServer::unprotected();
    let error = fixture.client.get(elsewhere.url("/x")).send().unwrap_err();
    assert!(matches!(error, Error::Authorization(AuthError::Origin(_))), "{error}");
    assert!(elsewhere.requests().is_empty() && fixture.auth.requests().is_empty());

    let call = fixture.client.get(elsewhere.url("/x")).unauthenticated();
    call.send_ok().unwrap();
    assert!(elsewhere.requests()[0].header("authorization").is_none());

    let client = blocking::Client::builder(fixture.tokens.clone())
        .base_url(fixture.api.url("/"))
        .allow_origin(elsewhere.url(""))
        .build()
        .unwrap();
    client.get(elsewhere.url("/x")).send_ok().unwrap();
    assert!(elsewhere.requests()[1].header("authorization").is_some());
}

#[test]
fn a_redirect_to_another_origin_carries_no_credentials() {
    let fixture = fixture();
    let elsewhere = ApiServer::unprotected();
    let call = fixture
        .client
        .get("redirect")
        .query(&[("to", elsewhere.url("/landed"))]);
    let response = call.header("x-api-key", "not-a-real-key").send_ok().unwrap();
    assert_eq!(response.url().as_str(), elsewhere.url("/landed"));
    let landed = &elsewhere.requests()[0];
    assert!(landed.header("authorization").is_none() && landed.header("x-api-key").is_none());
}

#[test]
fn an_api_error_contains_status_headers_and_body() {
    let fixture = fixture();
    let slow_down = MockResponse::new(429).header("retry-after", "3").body("slow down");
    fixture.api.next(slow_down);
    let error = fixture.client.get("books").send_ok().unwrap_err();
    let api = error.api().unwrap();
    assert_eq!((api.status().as_u16(), &api.body()[..]), (429, &b"slow down"[..]));
    assert!(api.retry_after().is_some() && error.is_retryable());
}

#[test]
fn a_provider_error_keeps_its_source() {
    let fixture = fixture();
    let tokens = ClientCredentials::builder("shop", SECRET)
        .token_url(fixture.auth.token_url())
        .token_provider(|_, _| async { Err(AuthError::provider(io::Error::other("the vault is sealed"))) })
        .build(Transport::default())
        .unwrap();
    let error = fixture.client.with_authorizer(tokens).get("books").send().unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.is::<io::Error>(), "{source:?}");
    assert!(fixture.api.requests().is_empty());
}

#[test]
fn copy_to_streams_the_body() {
    let fixture = fixture();
    fixture.api.next(MockResponse::new(200).body("x".repeat(3 << 20)));
    let mut response = fixture.client.get("books").send_ok().unwrap();
    let mut copy = Vec::new();
    assert_eq!(response.copy_to(&mut copy).unwrap(), 3 << 20);
    assert_eq!(copy.len(), 3 << 20);
    assert_eq!(
        response.copy_to(&mut io::sink()).unwrap(),
        0,
        "the body was read to its end"
    );
}

#[test]
fn a_truncated_or_invalid_body_is_a_typed_error() {
    let fixture = fixture();
    let get = || fixture.client.get("books").query(&[("key", "not-a-real-key")]);
    fixture.api.next(Fault::Truncated);
    let error = get().send_ok().unwrap().bytes().unwrap_err();
    assert!(matches!(error, Error::Http { .. }) && error.is_retryable(), "{error}");
    assert!(!format!("{error} {error:?}").contains("not-a-real"), "{error:?}");

    fixture.api.next(Fault::Truncated);
    let error = get().send_ok().unwrap().copy_to(&mut io::sink()).unwrap_err();
    let inner = error.get_ref().unwrap().downcast_ref::<Error>();
    assert!(matches!(inner, Some(Error::Http { .. })), "{error}");

    fixture
        .api
        .next(MockResponse::new(200).json(r#"[{"name":"no title"}]"#));
    let error = get().send_ok().unwrap().json::<Vec<Book>>().unwrap_err();
    assert!(matches!(error, Error::Json { .. }) && !error.is_retryable(), "{error}");
    assert!(error.to_string().contains("missing field `title`"), "{error}");
    assert!(!format!("{error} {error:?}").contains("not-a-real"), "{error:?}");
}

#[test]
fn debug_shows_no_secret() {
    let fixture = fixture();
    let builder = blocking::Client::builder(fixture.tokens.clone())
        .base_url(fixture.api.url("/"))
        .default_header("x-session".parse().unwrap(), SECRET.parse().unwrap());
    let mut shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    let request = client.get("books").query(&[("key", SECRET)]).header("x-key", SECRET);
    shown += &format!("{client:?} {request:?}");
    fixture.api.next(MockResponse::new(200).header("set-cookie", SECRET));
    shown += &format!("{:?}", request.send_ok().unwrap());
    assert!(
        !shown.contains("not-a-real") && !shown.contains("test-token-"),
        "{shown}"
    );
}
