//! The blocking client on real sockets: the rules are the async client's.

use std::io;

use evergrant::{ClientCredentials, Error as AuthError, TokenManager};
use evergrant_reqwest::{Error, Transport, blocking};
use evergrant_testing::{Answer, ApiServer, AuthServer, Fault, LogCapture};
use reqwest::{Body, multipart};

const SECRET: &str = "not-a-real-secret";

struct Shop {
    auth: AuthServer,
    api: ApiServer,
    tokens: TokenManager,
    client: blocking::Client,
}

fn shop() -> Shop {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let tokens = ClientCredentials::new("shop", SECRET)
        .token_url(auth.token_url())
        .retries(0)
        .build(Transport::default())
        .expect("a manager");
    let client = blocking::Client::builder(tokens.clone())
        .base_url(api.url("/"))
        .build()
        .expect("a client");
    Shop {
        auth,
        api,
        tokens,
        client,
    }
}

#[derive(Debug, serde::Deserialize)]
struct Book {
    title: String,
}

#[test]
fn calls_share_one_token_and_give_the_apis_answer() {
    let shop = shop();
    for _ in 0..3 {
        let books: Vec<Book> = shop.client.get("books").send().unwrap().json().unwrap();
        assert_eq!(books[0].title, "The Dispossessed");
    }
    assert_eq!(shop.api.requests()[0].path, "/books");
    assert_eq!(shop.auth.token_requests(), 1);
}

#[test]
fn a_path_that_leads_out_of_the_base_url_is_an_error_and_sends_nothing() {
    let shop = shop();
    let client = blocking::Client::builder(shop.tokens.clone());
    let client = client.base_url(shop.api.url("/v1")).build().unwrap();
    for path in ["../x", "%252e%252e/x", "a/..%2F..%2Fx", "..\\x", "..;/x"] {
        let error = client.get(path).send().unwrap_err();
        assert!(
            error.to_string().contains("leads out of the base URL"),
            "{path}: {error}"
        );
    }
    assert!(shop.api.requests().is_empty() && shop.auth.requests().is_empty());
    client.get("a%2Fb").send_ok().unwrap();
    assert_eq!(shop.api.requests()[0].path, "/v1/a%2Fb");
}

#[test]
fn a_body_is_sent_again_after_a_401() {
    let shop = shop();
    let pieces = || futures_util::stream::iter(["piece by ", "piece"].map(Ok::<_, io::Error>));
    let post = || shop.client.post("echo");
    let requests = [
        post().body("text"),
        post().json(&["json"]),
        post().form(&[("a", "form")]),
        post().multipart(multipart::Form::new().part("file", multipart::Part::stream(Body::wrap_stream(pieces())))),
    ];
    let bodies = ["text", "[\"json\"]", "a=form", "piece by piece"];
    for (request, body) in requests.into_iter().zip(bodies) {
        shop.client.get("books").send_ok().unwrap();
        shop.auth.revoke_all();
        shop.api.reset_records();
        let answer = request.send_ok().unwrap().text().unwrap();
        assert!(answer.contains(body), "{answer}");
        let sent = shop.api.requests();
        assert_eq!((sent.len(), &sent[0].body), (2, &sent[1].body));
        assert_eq!(sent[0].header("content-type"), sent[1].header("content-type"));
    }
    assert_eq!(shop.auth.token_requests(), 5, "one for each 401");
}

#[test]
fn a_streaming_body_is_not_sent_again_and_its_401_is_returned() {
    let shop = shop();
    let logs = LogCapture::new();
    let _guard = logs.install();
    shop.api.refuse_next(1);
    let stream = futures_util::stream::iter([Ok::<_, io::Error>("streamed")]);
    let call = shop.client.post("echo").body(Body::wrap_stream(stream));
    assert_eq!(call.send().unwrap().status(), 401);
    assert_eq!(
        (shop.api.requests().len(), logs.named("evergrant.not_replayed").len()),
        (1, 1)
    );
}

#[test]
fn a_second_401_is_returned_as_it_is_and_a_hundred_cost_few_token_requests() {
    let shop = shop();
    for _ in 0..100 {
        let answer = shop.client.get("always-401").send().unwrap();
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().contains_key("www-authenticate"));
    }
    assert!(shop.auth.token_requests() <= 3, "{}", shop.auth.token_requests());
}

#[test]
fn a_403_never_renews_unless_renew_when_says_so() {
    let shop = shop();
    let answer = shop.client.get("forbidden").send().unwrap();
    assert_eq!((answer.status().as_u16(), shop.auth.token_requests()), (403, 1));
    let client = blocking::Client::builder(shop.tokens.clone())
        .base_url(shop.api.url("/"))
        .renew_when(|head| head.status == 403)
        .build()
        .unwrap();
    shop.api.next(Answer::new(403));
    assert_eq!(client.get("books").send().unwrap().status(), 200);
    assert_eq!(shop.auth.token_requests(), 2);
}

#[test]
fn a_call_to_another_origin_is_an_error_unless_it_is_allowed_or_unauthenticated() {
    let shop = shop();
    let elsewhere = ApiServer::open();
    let error = shop.client.get(&elsewhere.url("/x")).send().unwrap_err();
    assert!(matches!(error, Error::Authorization(AuthError::Origin(_))), "{error}");
    assert!(elsewhere.requests().is_empty() && shop.auth.requests().is_empty());

    let call = shop.client.get(&elsewhere.url("/x")).unauthenticated();
    call.send_ok().unwrap();
    assert!(elsewhere.requests()[0].header("authorization").is_none());

    let client = blocking::Client::builder(shop.tokens.clone())
        .base_url(shop.api.url("/"))
        .allow_origin(elsewhere.url(""))
        .build()
        .unwrap();
    client.get(&elsewhere.url("/x")).send_ok().unwrap();
    assert!(elsewhere.requests()[1].header("authorization").is_some());
}

#[test]
fn a_redirect_elsewhere_carries_nothing() {
    let shop = shop();
    let elsewhere = ApiServer::open();
    let call = shop.client.get("redirect").query(&[("to", elsewhere.url("/landed"))]);
    let answer = call.header("x-api-key", "not-a-real-key").send_ok().unwrap();
    assert_eq!(answer.url().as_str(), elsewhere.url("/landed"));
    let landed = &elsewhere.requests()[0];
    assert!(landed.header("authorization").is_none() && landed.header("x-api-key").is_none());
}

#[test]
fn an_api_failure_comes_with_status_headers_and_body() {
    let shop = shop();
    let slow_down = Answer::new(429).header("retry-after", "3").body("slow down");
    shop.api.next(slow_down);
    let error = shop.client.get("books").send_ok().unwrap_err();
    let api = error.api().unwrap();
    assert_eq!((api.status().as_u16(), &api.body()[..]), (429, &b"slow down"[..]));
    assert!(api.retry_after().is_some() && error.is_retryable());
}

#[test]
fn the_error_of_a_token_provider_keeps_its_source() {
    let shop = shop();
    let tokens = ClientCredentials::new("shop", SECRET)
        .token_url(shop.auth.token_url())
        .token_provider(|_, _| async { Err(AuthError::provider(io::Error::other("the vault is sealed"))) })
        .build(Transport::default())
        .unwrap();
    let error = shop.client.with_authorizer(tokens).get("books").send().unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.is::<io::Error>(), "{source:?}");
    assert!(shop.api.requests().is_empty());
}

#[test]
fn a_body_is_copied_as_it_comes_in() {
    let shop = shop();
    shop.api.next(Answer::new(200).body("x".repeat(3 << 20)));
    let mut answer = shop.client.get("books").send_ok().unwrap();
    let mut copy = Vec::new();
    assert_eq!(answer.copy_to(&mut copy).unwrap(), 3 << 20);
    assert_eq!(copy.len(), 3 << 20);
    assert_eq!(answer.copy_to(&mut io::sink()).unwrap(), 0, "nothing is left");
}

#[test]
fn a_body_that_breaks_off_or_is_no_json_is_a_typed_error() {
    let shop = shop();
    let get = || shop.client.get("books").query(&[("key", "not-a-real-key")]);
    shop.api.next(Fault::Truncated);
    let error = get().send_ok().unwrap().bytes().unwrap_err();
    assert!(matches!(error, Error::Http { .. }) && error.is_retryable(), "{error}");
    assert!(!format!("{error} {error:?}").contains("not-a-real"), "{error:?}");

    shop.api.next(Fault::Truncated);
    let error = get().send_ok().unwrap().copy_to(&mut io::sink()).unwrap_err();
    let inner = error.get_ref().unwrap().downcast_ref::<Error>();
    assert!(matches!(inner, Some(Error::Http { .. })), "{error}");

    shop.api.next(Answer::new(200).json(r#"[{"name":"no title"}]"#));
    let error = get().send_ok().unwrap().json::<Vec<Book>>().unwrap_err();
    assert!(matches!(error, Error::Json { .. }) && !error.is_retryable(), "{error}");
    assert!(error.to_string().contains("missing field `title`"), "{error}");
    assert!(!format!("{error} {error:?}").contains("not-a-real"), "{error:?}");
}

#[test]
fn debug_shows_no_secret() {
    let shop = shop();
    let builder = blocking::Client::builder(shop.tokens.clone())
        .base_url(shop.api.url("/"))
        .default_header("x-session".parse().unwrap(), SECRET.parse().unwrap());
    let mut shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    let request = client.get("books").query(&[("key", SECRET)]).header("x-key", SECRET);
    shown += &format!("{client:?} {request:?}");
    shop.api.next(Answer::new(200).header("set-cookie", SECRET));
    shown += &format!("{:?}", request.send_ok().unwrap());
    assert!(
        !shown.contains("not-a-real") && !shown.contains("test-token-"),
        "{shown}"
    );
}
