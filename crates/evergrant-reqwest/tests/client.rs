//! The authorized client on real sockets: replay after a 401, and what cannot be replayed.

use bytes::Bytes;
use evergrant::scheme::{ApiKey, Basic};
use evergrant::store::{MemoryStore, TokenStore as _};
use evergrant::{Authorizer, ClientCredentials, Error as AuthError, Generation, ReplayOutcome, TokenManager};
use evergrant_reqwest::{Client, Error, Transport};
use evergrant_testing::{Answer, ApiServer, AuthServer, LogCapture};
use reqwest::Body;

const SECRET: &str = "not-a-real-secret";

struct Shop {
    auth: AuthServer,
    api: ApiServer,
    tokens: TokenManager,
    client: Client,
}

fn shop() -> Shop {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let tokens = ClientCredentials::new("shop", SECRET)
        .token_url(auth.token_url())
        .retries(0)
        .build(Transport::default())
        .expect("a manager");
    let client = Client::builder(tokens.clone())
        .base_url(api.url("/v1"))
        .build()
        .expect("a client");
    Shop {
        auth,
        api,
        tokens,
        client,
    }
}

#[derive(serde::Deserialize)]
struct Book {
    title: String,
}

#[tokio::test]
async fn a_call_carries_a_token_and_gives_the_apis_answer() {
    let shop = shop();
    let books: Vec<Book> = shop.client.get("books").send().await.unwrap().json().await.unwrap();
    assert_eq!(books[0].title, "The Dispossessed");
    assert_eq!(shop.api.requests()[0].path, "/v1/books");
    assert_eq!(shop.auth.token_requests(), 1);
}

#[tokio::test]
async fn a_path_is_below_the_base_url_however_it_is_written() {
    let shop = shop();
    for path in ["books", "/books", "//books", "./books"] {
        shop.client.get(path).query(&[("q", "a b")]).send_ok().await.unwrap();
    }
    shop.client.get("a:b/c").send_ok().await.unwrap();
    shop.client.get(&shop.api.url("/elsewhere")).send_ok().await.unwrap();
    let paths: Vec<_> = shop.api.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(
        paths,
        [
            "/v1/books",
            "/v1/books",
            "/v1/books",
            "/v1/books",
            "/v1/a:b/c",
            "/elsewhere"
        ]
    );
}

#[tokio::test]
async fn a_path_that_climbs_out_of_the_base_url_is_an_error_and_sends_nothing() {
    let shop = shop();
    let client = Client::builder(shop.tokens.clone())
        .base_url(shop.api.url("/v1/tenant-a/"))
        .build()
        .unwrap();
    for path in [
        "../tenant-b/x",
        "users/%2e%2e/%2e%2e/%2E%2e/admin",
        "/../../admin",
        "x/..\\..\\..\\admin",
        "../tenant-ab",
        "..",
        "%252e%252e/tenant-b/x",
        "a/..%2F..%2Fx",
        "..%5Cx",
        "..;/tenant-b/x",
        "..%3Bx=1/tenant-b/x",
        "\\\\elsewhere.example.com\\x",
        ".\t./x",
    ] {
        let error = client.get(path).send().await.unwrap_err();
        assert!(
            error.to_string().contains("leads out of the base URL"),
            "{path}: {error}"
        );
    }
    assert!(shop.api.requests().is_empty() && shop.auth.requests().is_empty());
    for (path, sent) in [
        ("a/../b", "b"),
        ("a%2Fb/...", "a%2Fb/..."),
        ("..a;b=../c?d=../..", "..a;b=../c"),
    ] {
        client.get(path).send_ok().await.unwrap();
        let seen = shop.api.requests().last().unwrap().path.clone();
        assert_eq!(seen, format!("/v1/tenant-a/{sent}"));
    }
}

#[tokio::test]
async fn only_http_and_https_make_a_full_url() {
    let shop = shop();
    for path in ["books:search?u=http://x", "ftp://example.com/x", "mailto://x"] {
        shop.client.get(path).send_ok().await.unwrap();
    }
    let full = shop.api.url("/elsewhere").replace("http://", "HTTP://");
    shop.client.get(&full).send_ok().await.unwrap();
    let requests = shop.api.requests();
    let paths: Vec<_> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/v1/books:search",
            "/v1/ftp://example.com/x",
            "/v1/mailto://x",
            "/elsewhere"
        ]
    );
}

#[tokio::test]
async fn a_revoked_token_is_renewed_once_and_the_request_replayed_once() {
    let shop = shop();
    shop.client.get("books").send_ok().await.unwrap();
    shop.auth.revoke_all();
    let answer = shop
        .client
        .post("echo")
        .body("a replayable body")
        .send_ok()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let bodies: Vec<_> = shop
        .api
        .requests()
        .into_iter()
        .skip(1)
        .map(|request| request.body)
        .collect();
    assert_eq!(
        bodies,
        [Bytes::from("a replayable body"), Bytes::from("a replayable body")]
    );
    assert_eq!(shop.auth.token_requests(), 2);
}

#[tokio::test]
async fn a_hundred_calls_with_a_revoked_token_share_one_renewal() {
    let shop = shop();
    shop.client.get("books").send_ok().await.unwrap();
    shop.auth.revoke_all();
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = shop.client.clone();
            tokio::spawn(async move { client.get("books").send_ok().await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(shop.auth.token_requests(), 2);
}

#[tokio::test]
async fn a_second_401_is_returned_as_it_is() {
    let shop = shop();
    shop.api.refuse_next(2);
    let answer = shop.client.get("books").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(answer.headers().contains_key("www-authenticate"));
    assert_eq!((shop.api.requests().len(), shop.auth.token_requests()), (2, 2));
}

#[tokio::test]
async fn a_thousand_calls_to_an_endpoint_that_always_answers_401_cost_few_token_requests() {
    let shop = shop();
    for _ in 0..1000 {
        assert_eq!(
            shop.client
                .get(&shop.api.url("/always-401"))
                .send()
                .await
                .unwrap()
                .status(),
            401
        );
    }
    assert!(shop.auth.token_requests() <= 3, "{}", shop.auth.token_requests());
    shop.client.get("books").send_ok().await.unwrap();
}

#[tokio::test]
async fn in_a_pause_that_another_process_began_the_refused_token_is_not_sent_again() {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let store = MemoryStore::new();
    let manager = || {
        let builder = ClientCredentials::new("shop", SECRET).token_url(auth.token_url());
        builder.store(store.clone()).build(Transport::default()).unwrap()
    };
    let (ours, theirs) = (manager(), manager());
    let client = Client::builder(ours.clone()).base_url(api.url("/v1")).build().unwrap();
    client.get("books").send_ok().await.unwrap();
    let token = theirs.token().await.unwrap();
    theirs.replayed(token.generation(), ReplayOutcome::Refused);
    let key = theirs.store_key().unwrap();
    let has_pause = async || {
        let record = store.load(key).await.unwrap().record.unwrap();
        record.expose().contains("\"until\"")
    };
    while !has_pause().await {
        tokio::task::yield_now().await;
    }
    let logs = LogCapture::new();
    let _guard = logs.install();
    for count in 2..4 {
        api.refuse_next(1);
        let answer = client.get("books").send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().contains_key("www-authenticate"));
        assert_eq!((api.requests().len(), auth.token_requests()), (count, 1));
        let notes = logs.named("evergrant.not_replayed");
        assert_eq!(notes.len(), count - 1);
        assert!(notes[0].fields["reason"].contains("fresh tokens are refused"));
    }
    client.get("books").send_ok().await.unwrap();
}

#[tokio::test]
async fn a_403_never_renews_unless_renew_when_says_so() {
    let shop = shop();
    assert_eq!(
        shop.client
            .get(&shop.api.url("/needs/admin"))
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
    assert_eq!(shop.auth.token_requests(), 1);

    let client = Client::builder(shop.tokens.clone())
        .base_url(shop.api.url("/"))
        .renew_when(|head| head.status == 403)
        .build()
        .unwrap();
    shop.api.next(Answer::new(403));
    assert_eq!(client.get("books").send().await.unwrap().status(), 200);
    assert_eq!(shop.auth.token_requests(), 2);
}

#[tokio::test]
async fn a_streaming_body_is_not_replayed_and_its_401_is_returned_with_a_note_in_its_trace() {
    let shop = shop();
    let logs = LogCapture::new();
    let _guard = logs.install();
    shop.client.get("books").send_ok().await.unwrap();
    shop.auth.revoke_all();
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>("streamed")]);
    let answer = shop
        .client
        .post("echo")
        .body(Body::wrap_stream(stream))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    let notes = logs.named("evergrant.not_replayed");
    assert_eq!(notes.len(), 1);
    assert!(notes[0].fields["reason"].contains("stream"), "{notes:?}");
    shop.client.get("books").send_ok().await.unwrap();
    assert_eq!(shop.auth.token_requests(), 2, "the next call has a new token");
}

#[tokio::test]
async fn the_note_on_a_401_that_is_not_replayed_says_why() {
    let shop = shop();
    let api = ApiServer::open();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let key = ApiKey::in_header("key", "x-api-key")
        .unwrap()
        .with_key("not-a-real-key")
        .unwrap();
    let basic = Basic::new("basic")
        .with_credentials("reader", "not-a-real-password")
        .unwrap();
    let manual = ClientCredentials::new("shop", SECRET)
        .token_url(shop.auth.token_url())
        .manual()
        .token(evergrant::Token::new("not-a-real-token"))
        .build(Transport::default())
        .unwrap();
    for (authorizer, reason) in [
        (Authorizer::from(key), "no token is among its credentials"),
        (Authorizer::from(basic), "no token is among its credentials"),
        (Authorizer::from(manual), "the application renews tokens by itself"),
    ] {
        let client = Client::builder(authorizer).base_url(api.url("/")).build().unwrap();
        api.next(Answer::new(401));
        assert_eq!(client.get("x").send().await.unwrap().status(), 401);
        let note = logs.named("evergrant.not_replayed").pop().unwrap();
        assert!(note.fields["reason"].contains(reason), "{note:?}");
    }
    api.next(Answer::new(401));
    let key = ApiKey::in_header("key", "x-api-key")
        .unwrap()
        .with_key("not-a-real-key")
        .unwrap();
    let client = Client::builder(key).base_url(api.url("/")).build().unwrap();
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>("streamed")]);
    client.post("x").body(Body::wrap_stream(stream)).send().await.unwrap();
    let note = logs.named("evergrant.not_replayed").pop().unwrap();
    assert!(note.fields["reason"].contains("no token is among"), "{note:?}");
}

#[tokio::test]
async fn a_key_in_the_query_does_not_come_back_with_the_response() {
    let api = ApiServer::open();
    let key = ApiKey::in_query("key", "api_key")
        .unwrap()
        .with_key("not-a-real-key")
        .unwrap();
    let client = Client::builder(key).base_url(api.url("/")).build().unwrap();
    api.next(Answer::new(404).header("x-trace", "7").body("no such book"));
    let mut response = client.get("books?page=2").send().await.unwrap();
    assert_eq!(
        api.requests()[0].query_value("api_key").as_deref(),
        Some("not-a-real-key")
    );
    assert_eq!(response.url().as_str(), api.url("/books?page=2"));
    let error = response.error_for_status_ref().unwrap_err();
    assert!(error.to_string().contains("page=2"), "{error}");
    let shown = format!("{error} {error:?} {response:?} {}", response.url());
    assert!(!shown.contains("not-a-real-key"), "{shown}");
    assert_eq!(response.version(), http::Version::HTTP_11);
    assert_eq!(
        (response.headers()["x-trace"].as_bytes(), response.content_length()),
        (&b"7"[..], Some(12))
    );
    assert!(response.remote_addr().is_some());
    assert_eq!(response.chunk().await.unwrap().unwrap(), "no such book");
}

#[tokio::test]
async fn a_renewal_that_fails_after_a_401_gives_its_own_error() {
    let shop = shop();
    shop.client.get("books").send_ok().await.unwrap();
    shop.auth.revoke_all();
    shop.auth.always(Answer::new(400).json(r#"{"error":"invalid_client"}"#));
    let error = shop.client.get("books").send().await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::OAuthProvider(_))),
        "{error}"
    );
}

#[tokio::test]
async fn an_api_failure_has_status_headers_and_body_and_shows_neither() {
    let shop = shop();
    shop.api.next(
        Answer::new(429)
            .header("retry-after", "3")
            .body("slow down, customer 4711"),
    );
    let error = shop.client.get("books").send_ok().await.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(
        (api.status().as_u16(), &api.body()[..]),
        (429, &b"slow down, customer 4711"[..])
    );
    assert_eq!(api.retry_after(), Some(std::time::Duration::from_secs(3)));
    assert!(error.is_retryable());
    assert!(!format!("{error} {error:?}").contains("4711"));
}

#[tokio::test]
async fn an_unreachable_api_is_named_without_its_query() {
    let shop = shop();
    let url = shop.api.url("/");
    let client = Client::builder(shop.tokens.clone()).base_url(&url).build().unwrap();
    drop((shop.client, shop.api));
    let error = client
        .get("books")
        .query(&[("key", "not-a-real-key")])
        .send()
        .await
        .unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("/books") && error.to_string().contains("refused"),
        "{shown}"
    );
    assert!(!shown.contains("not-a-real-key"), "{shown}");
}

#[tokio::test]
async fn a_request_with_an_authorization_header_of_its_own_is_refused_with_the_remedy() {
    let shop = shop();
    let error = shop
        .client
        .get("books")
        .header("authorization", "Bearer own")
        .send()
        .await
        .unwrap_err();
    assert!(error.to_string().contains(".unauthenticated()"), "{error}");
    let own = shop
        .client
        .get("books")
        .header("authorization", "Bearer own")
        .unauthenticated();
    assert_eq!(own.send().await.unwrap().status(), 401);
    assert_eq!(shop.api.requests()[0].header("authorization"), Some("Bearer own"));
}

#[tokio::test]
async fn with_authorizer_gives_a_new_client_and_leaves_the_old_one_alone() {
    let shop = shop();
    let other = shop.tokens.with_token(evergrant::Token::new("a-preset-token")).unwrap();
    let client = shop.client.with_authorizer(other);
    shop.api.next(Answer::new(200));
    client.get("books").send_ok().await.unwrap();
    shop.client.get("books").send_ok().await.unwrap();
    let sent: Vec<_> = shop
        .api
        .requests()
        .iter()
        .map(|request| request.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(sent[0], "Bearer a-preset-token");
    assert!(sent[1].starts_with("Bearer test-token-1-"));
    assert_eq!(
        shop.tokens.token().await.unwrap().generation(),
        shop.tokens.status().generation
    );
    assert_ne!(shop.tokens.status().generation, Generation::default());
}
