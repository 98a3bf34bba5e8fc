//! The authorized client on real sockets: replays after a 401, and requests that cannot be replayed.

use std::time::Duration;

use bytes::Bytes;
use evergrant::scheme::{ApiKey, Basic};
use evergrant::store::{MemoryStore, TokenStore as _};
use evergrant::{Authorizer, ClientCredentials, Error as AuthError, Generation, ReplayOutcome, TokenManager};
use evergrant_reqwest::{Client, Error, Transport};
use evergrant_testing::{ApiServer, AuthServer, LogCapture, MockResponse};
use reqwest::{Body, Method};

use crate::support::{Book, SECRET};

struct Fixture {
    auth: AuthServer,
    api: ApiServer,
    tokens: TokenManager,
    client: Client,
}

fn fixture() -> Fixture {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let tokens = ClientCredentials::builder("shop", SECRET)
        .token_url(auth.token_url())
        .retries(0)
        .build(Transport::default())
        .expect("a manager");
    let client = Client::builder(tokens.clone())
        .base_url(api.url("/v1"))
        .build()
        .expect("a client");
    Fixture {
        auth,
        api,
        tokens,
        client,
    }
}

#[tokio::test]
async fn a_call_is_authorized() {
    let fixture = fixture();
    let books: Vec<Book> = fixture.client.get("books").send().await.unwrap().json().await.unwrap();
    assert_eq!(books[0].title, "The Dispossessed");
    assert_eq!(fixture.api.requests()[0].path, "/v1/books");
    assert_eq!(fixture.auth.token_requests(), 1);
}

#[tokio::test]
async fn a_path_is_relative_to_the_base_url() {
    let fixture = fixture();
    for path in ["books", "/books", "//books", "./books"] {
        fixture.client.get(path).query(&[("q", "a b")]).send_ok().await.unwrap();
    }
    fixture.client.get("a:b/c").send_ok().await.unwrap();
    fixture
        .client
        .get(fixture.api.url("/elsewhere"))
        .send_ok()
        .await
        .unwrap();
    let paths: Vec<_> = fixture.api.requests().into_iter().map(|request| request.path).collect();
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
async fn an_empty_path_is_the_base_url_as_written() {
    let fixture = fixture();
    for base in ["/graphql", "/graphql/"] {
        let client = Client::builder(fixture.tokens.clone())
            .base_url(fixture.api.url(base))
            .build()
            .unwrap();
        for (path, sent) in [
            ("", base.to_owned()),
            ("?page=2", format!("{base}?page=2")),
            ("?page=2#top", format!("{base}?page=2")),
            ("/", "/graphql/".to_owned()),
            ("/?page=2", "/graphql/?page=2".to_owned()),
            ("v2", "/graphql/v2".to_owned()),
        ] {
            client.post(path).body("{}").send_ok().await.unwrap();
            let request = fixture.api.requests().pop().unwrap();
            let query = request.query.map_or(String::new(), |query| format!("?{query}"));
            assert_eq!(request.path + &query, sent, "{path:?} below {base}");
        }
    }
}

#[tokio::test]
async fn a_link_is_relative_to_its_response_and_checked_by_origin() {
    let fixture = fixture();
    let books = fixture.client.get("books?page=1").send_ok().await.unwrap();
    let from = books.url();
    let next = fixture.api.url("/v1/books?page=2");
    for (link, path) in [
        ("/v1/books?page=2", "/v1/books"),
        ("?page=2", "/v1/books"),
        ("authors/7", "/v1/authors/7"),
        ("../v2/books", "/v2/books"),
        (next.as_str(), "/v1/books"),
    ] {
        fixture.client.get_link(from, link).send_ok().await.unwrap();
        assert_eq!(fixture.api.requests().last().unwrap().path, path, "{link}");
    }
    let request = fixture.client.request_link(Method::DELETE, from, "books/7");
    request.send_ok().await.unwrap();
    assert_eq!(fixture.api.requests().last().unwrap().method, "DELETE");

    let requests = fixture.api.requests().len();
    for (link, problem) in [
        ("//elsewhere.example.com/v1/books", "elsewhere.example.com"),
        ("https://reader@elsewhere.example.com/", "a user name or password"),
        ("http://[", "URL"),
    ] {
        let error = fixture.client.get_link(from, link).send().await.unwrap_err();
        assert!(error.to_string().contains(problem), "{link}: {error}");
    }
    assert_eq!(fixture.api.requests().len(), requests);
}

#[tokio::test]
async fn the_time_limit_of_a_call_includes_the_wait_for_a_token() {
    let fixture = fixture();
    let (short, long) = (Duration::from_millis(100), Duration::from_secs(60));
    for served in 0..2 {
        let held = fixture.auth.hold();
        let error = fixture.client.get("books").timeout(short).send().await.unwrap_err();
        assert!(
            matches!(error, Error::Timeout { limit, .. } if limit == short),
            "{error}"
        );
        assert!(error.is_timeout() && error.is_retryable());
        assert!(error.to_string().starts_with("GET http://127.0.0.1:"), "{error}");
        assert_eq!(
            fixture.api.requests().len(),
            2 * served,
            "a rejected request was sent once"
        );
        drop(held);
        let books = fixture.client.get("books").timeout(long).send_ok().await.unwrap();
        assert_eq!(books.json::<Vec<Book>>().await.unwrap()[0].title, "The Dispossessed");
        fixture.auth.revoke_all();
    }
}

#[tokio::test]
async fn a_status_of_400_or_more_is_an_error_of_send_ok() {
    let fixture = fixture();
    for (status, is_error) in [
        (204, false),
        (304, false),
        (399, false),
        (400, true),
        (503, true),
        (599, true),
    ] {
        let sent = fixture
            .client
            .get(fixture.api.url(&format!("/status/{status}")))
            .send_ok()
            .await;
        let seen = sent.map_or_else(
            |error| (error.api().unwrap().status(), true),
            |response| (response.status(), false),
        );
        assert_eq!((seen.0.as_u16(), seen.1), (status, is_error));
    }
}

#[tokio::test]
async fn a_path_out_of_the_base_url_fails_without_sending() {
    let fixture = fixture();
    let client = Client::builder(fixture.tokens.clone())
        .base_url(fixture.api.url("/v1/tenant-a/"))
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
        assert!(error.to_string().contains("out of the base URL"), "{path}: {error}");
    }
    assert!(fixture.api.requests().is_empty() && fixture.auth.requests().is_empty());
    for (path, sent) in [
        ("a/../b", "b"),
        ("a%2Fb/...", "a%2Fb/..."),
        ("..a;b=../c?d=../..", "..a;b=../c"),
    ] {
        client.get(path).send_ok().await.unwrap();
        let seen = fixture.api.requests().last().unwrap().path.clone();
        assert_eq!(seen, format!("/v1/tenant-a/{sent}"));
    }
}

#[tokio::test]
async fn only_http_and_https_urls_are_full_urls() {
    let fixture = fixture();
    for path in ["books:search?u=http://x", "ftp://example.com/x", "mailto://x"] {
        fixture.client.get(path).send_ok().await.unwrap();
    }
    let full = fixture.api.url("/elsewhere").replace("http://", "HTTP://");
    fixture.client.get(&full).send_ok().await.unwrap();
    let requests = fixture.api.requests();
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
async fn a_revoked_token_is_renewed_and_the_request_replayed() {
    let fixture = fixture();
    fixture.client.get("books").send_ok().await.unwrap();
    fixture.auth.revoke_all();
    let response = fixture
        .client
        .post("echo")
        .body("a replayable body")
        .send_ok()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let bodies: Vec<_> = fixture
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
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[tokio::test]
async fn many_401s_for_one_token_lead_to_one_renewal() {
    let fixture = fixture();
    fixture.client.get("books").send_ok().await.unwrap();
    fixture.auth.revoke_all();
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = fixture.client.clone();
            tokio::spawn(async move { client.get("books").send_ok().await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[tokio::test]
async fn a_second_401_is_returned() {
    let fixture = fixture();
    fixture.api.reject_next(2);
    let response = fixture.client.get("books").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.headers().contains_key("www-authenticate"));
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (2, 2));
}

#[tokio::test]
async fn permanent_401s_cause_few_renewals() {
    let fixture = fixture();
    for _ in 0..1000 {
        assert_eq!(
            fixture
                .client
                .get(fixture.api.url("/always-401"))
                .send()
                .await
                .unwrap()
                .status(),
            401
        );
    }
    assert!(fixture.auth.token_requests() <= 3, "{}", fixture.auth.token_requests());
    fixture.client.get("books").send_ok().await.unwrap();
}

#[tokio::test]
async fn during_the_pause_of_another_process_a_rejected_token_is_not_replayed() {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let store = MemoryStore::new();
    let manager = || {
        let builder = ClientCredentials::builder("shop", SECRET).token_url(auth.token_url());
        builder.store(store.clone()).build(Transport::default()).unwrap()
    };
    let (ours, theirs) = (manager(), manager());
    let client = Client::builder(ours.clone()).base_url(api.url("/v1")).build().unwrap();
    client.get("books").send_ok().await.unwrap();
    let token = theirs.token().await.unwrap();
    theirs.report_replay(token.generation(), ReplayOutcome::Rejected);
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
        api.reject_next(1);
        let response = client.get("books").send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key("www-authenticate"));
        assert_eq!((api.requests().len(), auth.token_requests()), (count, 1));
        let events = logs.by_name("evergrant.not_replayed");
        assert_eq!(events.len(), count - 1);
        assert!(events[0].fields["reason"].contains("fresh tokens are rejected"));
    }
    client.get("books").send_ok().await.unwrap();
}

#[tokio::test]
async fn a_403_renews_only_with_renew_when() {
    let fixture = fixture();
    assert_eq!(
        fixture
            .client
            .get(fixture.api.url("/needs/admin"))
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
    assert_eq!(fixture.auth.token_requests(), 1);

    let client = Client::builder(fixture.tokens.clone())
        .base_url(fixture.api.url("/"))
        .renew_when(|head| head.status() == 403)
        .build()
        .unwrap();
    fixture.api.next(MockResponse::new(403));
    assert_eq!(client.get("books").send().await.unwrap().status(), 200);
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[tokio::test]
async fn a_streaming_body_is_not_replayed_and_emits_an_event() {
    let fixture = fixture();
    let logs = LogCapture::new();
    let _guard = logs.install();
    fixture.client.get("books").send_ok().await.unwrap();
    fixture.auth.revoke_all();
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>("streamed")]);
    let response = fixture
        .client
        .post("echo")
        .body(Body::wrap_stream(stream))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let events = logs.by_name("evergrant.not_replayed");
    assert_eq!(events.len(), 1);
    assert!(events[0].fields["reason"].contains("stream"), "{events:?}");
    fixture.client.get("books").send_ok().await.unwrap();
    assert_eq!(fixture.auth.token_requests(), 2, "the next call fetches a new token");
}

#[tokio::test]
async fn not_replayed_events_name_the_reason() {
    let fixture = fixture();
    let api = ApiServer::unprotected();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let key = ApiKey::in_header("key", "x-api-key")
        .unwrap()
        .with_key("not-a-real-key")
        .unwrap();
    let basic = Basic::new("basic")
        .with_credentials("reader", "not-a-real-password")
        .unwrap();
    let manual = ClientCredentials::builder("shop", SECRET)
        .token_url(fixture.auth.token_url())
        .manual()
        .token(evergrant::Token::new("not-a-real-token"))
        .build(Transport::default())
        .unwrap();
    for (authorizer, reason) in [
        (Authorizer::from(key), "its credentials contain no token"),
        (Authorizer::from(basic), "its credentials contain no token"),
        (Authorizer::from(manual), "the application renews tokens itself"),
    ] {
        let client = Client::builder(authorizer).base_url(api.url("/")).build().unwrap();
        api.next(MockResponse::new(401));
        assert_eq!(client.get("x").send().await.unwrap().status(), 401);
        let event = logs.by_name("evergrant.not_replayed").pop().unwrap();
        assert!(event.fields["reason"].contains(reason), "{event:?}");
    }
    api.next(MockResponse::new(401));
    let key = ApiKey::in_header("key", "x-api-key")
        .unwrap()
        .with_key("not-a-real-key")
        .unwrap();
    let client = Client::builder(key).base_url(api.url("/")).build().unwrap();
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>("streamed")]);
    client.post("x").body(Body::wrap_stream(stream)).send().await.unwrap();
    let event = logs.by_name("evergrant.not_replayed").pop().unwrap();
    assert!(event.fields["reason"].contains("contain no token"), "{event:?}");
}

#[tokio::test]
async fn a_response_url_omits_the_query_key() {
    let api = ApiServer::unprotected();
    let key = ApiKey::in_query("key", "api_key")
        .unwrap()
        .with_key("not-a-real-key")
        .unwrap();
    let client = Client::builder(key).base_url(api.url("/")).build().unwrap();
    api.next(MockResponse::new(404).header("x-trace", "7").body("no such book"));
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
async fn a_failed_renewal_after_a_401_returns_the_renewal_error() {
    let fixture = fixture();
    fixture.client.get("books").send_ok().await.unwrap();
    fixture.auth.revoke_all();
    fixture
        .auth
        .always(MockResponse::new(400).json(r#"{"error":"invalid_client"}"#));
    let error = fixture.client.get("books").send().await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::OAuthProvider(_))),
        "{error}"
    );
}

#[tokio::test]
async fn an_api_error_contains_headers_and_body_but_does_not_show_them() {
    let fixture = fixture();
    fixture.api.next(
        MockResponse::new(429)
            .header("retry-after", "3")
            .body("slow down, customer 4711"),
    );
    let error = fixture.client.get("books").send_ok().await.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(
        (api.status().as_u16(), &api.body()[..]),
        (429, &b"slow down, customer 4711"[..])
    );
    assert_eq!(api.retry_after(), Some(Duration::from_secs(3)));
    assert!(error.is_retryable());
    assert!(!format!("{error} {error:?}").contains("4711"));
}

#[tokio::test]
async fn an_unreachable_api_error_omits_the_query() {
    let fixture = fixture();
    let url = fixture.api.url("/");
    let client = Client::builder(fixture.tokens.clone()).base_url(&url).build().unwrap();
    drop((fixture.client, fixture.api));
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
async fn a_caller_provided_authorization_header_is_an_error() {
    let fixture = fixture();
    let error = fixture
        .client
        .get("books")
        .header("authorization", "Bearer custom")
        .send()
        .await
        .unwrap_err();
    assert!(error.to_string().contains(".unauthenticated()"), "{error}");
    let custom = fixture
        .client
        .get("books")
        .header("authorization", "Bearer custom")
        .unauthenticated();
    assert_eq!(custom.send().await.unwrap().status(), 401);
    assert_eq!(fixture.api.requests()[0].header("authorization"), Some("Bearer custom"));
}

#[tokio::test]
async fn with_authorizer_does_not_change_the_original_client() {
    let fixture = fixture();
    let other = fixture
        .tokens
        .with_token(evergrant::Token::new("an-initial-token"))
        .unwrap();
    let client = fixture.client.with_authorizer(other);
    fixture.api.next(MockResponse::new(200));
    client.get("books").send_ok().await.unwrap();
    fixture.client.get("books").send_ok().await.unwrap();
    let sent: Vec<_> = fixture
        .api
        .requests()
        .iter()
        .map(|request| request.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(sent[0], "Bearer an-initial-token");
    assert!(sent[1].starts_with("Bearer test-token-1-"));
    assert_eq!(
        fixture.tokens.token().await.unwrap().generation(),
        fixture.tokens.status().generation
    );
    assert_ne!(fixture.tokens.status().generation, Generation::default());
}
