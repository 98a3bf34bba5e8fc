//! Requests of calls: path, query, headers, cookies and body, and the repetition after a 401.

use std::time::Duration;

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::{Body, Call, Core, Error, Explode, FilePart, Multipart, PathStyle, QueryStyle, Settings};

use crate::support::call::{problem, send, server};
use crate::support::server::{Server, ServerResponse};
use crate::support::{self, Fixture, api};

fn item(core: &Core, id: &str, part: &str) -> Call {
    let simple = (PathStyle::Simple, Explode::No);
    core.request(&api::OPEN_ITEM)
        .path("id", simple.0, simple.1, id)
        .path("part", simple.0, simple.1, part)
}

#[tokio::test]
async fn every_kind_of_parameter_is_sent() {
    let (server, core) = server().await;
    let call = item(&core, "a/b", "c d")
        .query("q", QueryStyle::Form, Explode::Yes, &["x", "y&z"])
        .query(
            "deep",
            QueryStyle::DeepObject,
            Explode::Yes,
            &serde_json::json!({"k": 1}),
        )
        .query_json("filter", &serde_json::json!({"a": [1]}))
        .header_param("X-Ids", Explode::No, &[1, 2])
        .header_json("X-Json", &[1, 2])
        .cookie_param("a", Explode::Yes, "1;2")
        .cookie_param("b", Explode::Yes, &3)
        .header(HeaderName::from_static("x-own"), HeaderValue::from_static("yes"));
    send(call).await.unwrap();
    let request = server.last();
    assert_eq!(
        request.line,
        "GET /v1/items/a%2Fb/parts/c%20d.json?q=x&q=y%26z&deep%5Bk%5D=1&filter=%7B%22a%22%3A%5B1%5D%7D HTTP/1.1"
    );
    assert_eq!(request.header("x-ids"), Some("1,2"));
    assert_eq!(request.header("x-json"), Some("[1,2]"));
    assert_eq!(request.header("cookie"), Some("a=1%3B2; b=3"));
    assert_eq!(request.header("x-own"), Some("yes"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some("book-store/1.0.0"));
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn a_call_header_replaces_the_clients_and_cookies_are_joined() {
    let (server, core) = server().await;
    let core = support::with(&core, |settings| {
        settings.header(HeaderName::from_static("x-own"), HeaderValue::from_static("client"));
    });
    let call = core
        .request(&api::OPEN)
        .cookie_param("a", Explode::Yes, "1")
        .header(HeaderName::from_static("cookie"), HeaderValue::from_static("own=2"))
        .header(HeaderName::from_static("x-own"), HeaderValue::from_static("call"))
        .header(HeaderName::from_static("accept"), HeaderValue::from_static("text/csv"));
    send(call).await.unwrap();
    let request = server.last();
    assert_eq!(request.header("cookie"), Some("own=2; a=1"));
    assert_eq!(request.header("x-own"), Some("call"));
    assert_eq!(request.header("accept"), Some("text/csv"));
}

#[tokio::test]
async fn the_first_invalid_parameter_is_reported_without_its_value() {
    let (server, core) = server().await;
    let call = core
        .request(&api::OPEN)
        .header_param("X-A", Explode::No, "not-a-real-secret\r\nx: y")
        .query("q", QueryStyle::Form, Explode::Yes, &[["nested"]]);
    assert_eq!(
        problem(call).await,
        "the parameter `X-A` contains a character that is not allowed in a header"
    );
    let call = core
        .request(&api::OPEN)
        .header_param("X-Nested", Explode::No, &[["nested"]]);
    assert!(
        problem(call)
            .await
            .contains("`X-Nested` contains nested arrays or objects")
    );
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn nested_query_parameters_have_brackets() {
    let (server, core) = server().await;
    let call = core
        .request(&api::OPEN)
        .query("q", QueryStyle::Form, Explode::Yes, &[["nested"]]);
    send(call).await.unwrap();
    assert_eq!(server.last().path(), "/v1/open?q%5B0%5D%5B0%5D=nested");
}

#[tokio::test]
async fn a_described_path_may_contain_a_query() {
    let (server, core) = server().await;
    send(core.request(&api::FIXED_QUERY)).await.unwrap();
    assert_eq!(server.last().path(), "/v1/open?action=list");
    let call = core
        .request(&api::FIXED_QUERY)
        .query("a", QueryStyle::Form, Explode::Yes, "b");
    send(call).await.unwrap();
    assert_eq!(server.last().path(), "/v1/open?action=list&a=b");
}

#[tokio::test]
async fn a_call_header_replaces_the_content_type_of_the_body() {
    let (server, core) = server().await;
    let post = || core.request(&api::OPEN_POST);
    let json = post().json("application/merge-patch+json", &serde_json::json!({"a": 1}));
    let form = post().form(&[("a", 1)].into_iter().collect::<std::collections::BTreeMap<_, _>>());
    let own = post().text("text/plain", "x").header(
        HeaderName::from_static("content-type"),
        HeaderValue::from_static("text/markdown"),
    );
    let cases = [
        (json, "application/merge-patch+json", r#"{"a":1}"#),
        (form, "application/x-www-form-urlencoded", "a=1"),
        (post().text("text/plain", "hello"), "text/plain", "hello"),
        (
            post().body("application/octet-stream", vec![104, 105]),
            "application/octet-stream",
            "hi",
        ),
        (own, "text/markdown", "x"),
    ];
    for (call, content_type, body) in cases {
        send(call).await.unwrap();
        let request = server.last();
        assert_eq!(request.header("content-type"), Some(content_type));
        assert_eq!(request.body, body.as_bytes());
    }
}

#[tokio::test]
async fn a_multipart_form_is_encoded_as_in_browsers() {
    let (server, core) = server().await;
    let form = Multipart::new()
        .text("title", "Middlemarch")
        .json("meta", &serde_json::json!({"pages": 880}))
        .file(
            "co\"ver",
            FilePart::new(vec![1, 2])
                .file_name("ü\r\n\".png")
                .content_type("image/png"),
        );
    send(core.request(&api::OPEN_POST).multipart(form)).await.unwrap();
    let request = server.last();
    let content_type = request.header("content-type").unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8(request.body.clone()).unwrap();
    let expected = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nMiddlemarch\r\n\
         --{boundary}\r\ncontent-disposition: form-data; name=\"meta\"\r\ncontent-type: application/json\r\n\r\n{{\"pages\":880}}\r\n\
         --{boundary}\r\ncontent-disposition: form-data; name=\"co%22ver\"; filename=\"ü%0D%0A%22.png\"\r\n\
         content-type: image/png\r\n\r\n\u{1}\u{2}\r\n--{boundary}--\r\n"
    );
    assert_eq!(body, expected);
    let odd = Multipart::new().file("f", FilePart::new(vec![]).content_type("a\r\nb: c"));
    assert!(
        problem(core.request(&api::OPEN_POST).multipart(odd))
            .await
            .contains("content type")
    );
}

#[tokio::test]
async fn buffered_bodies_are_sent_again_after_a_401_and_streams_are_not() {
    let fixture = Fixture::new();
    let core = fixture.core();
    let upload = || core.request(&api::UPLOAD);
    let form = Multipart::new().file("f", FilePart::new(vec![0; 100_000]).file_name("zeros"));
    for call in [
        upload().json("application/json", &serde_json::json!({"a": 1})),
        upload().multipart(form),
        upload().text("text/plain", "hello"),
    ] {
        fixture.api.reset_records();
        fixture.auth.revoke_all();
        fixture.api.reject_next(1);
        send(call).await.unwrap();
        let requests = fixture.api.requests();
        assert_eq!(requests.len(), 2);
        assert!(!requests[0].body.is_empty());
        assert_eq!(requests[0].body, requests[1].body);
        assert_eq!(requests[0].header("content-type"), requests[1].header("content-type"));
        assert_ne!(requests[0].header("authorization"), requests[1].header("authorization"));
    }
    fixture.api.reset_records();
    fixture.api.reject_next(1);
    let stream = upload().body("text/plain", Body::stream(Once(Some("once"))));
    assert_eq!(send(stream).await.unwrap_err().status().unwrap(), 401);
    assert_eq!(fixture.api.requests().len(), 1);
}

#[tokio::test]
async fn the_time_limit_of_a_call_replaces_the_clients() {
    let server = Server::start(|_| ServerResponse::new(200, "{}").delayed(Duration::from_secs(60))).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, &server.url);
    settings.timeout(Duration::from_millis(50));
    let core = settings.build().unwrap();
    let error = send(core.request(&api::OPEN)).await.unwrap_err();
    let Error::Http(problem) = &error else {
        panic!("{error}")
    };
    assert!(problem.is_timeout() && error.is_retryable());
    let text = error.to_string();
    assert!(
        text.starts_with("GET /open at http://127.0.0.1:") && text.ends_with(" failed: the time limit passed"),
        "{text}"
    );
    let unlimited = send(core.request(&api::OPEN).timeout(Duration::ZERO));
    let waited = tokio::time::timeout(Duration::from_millis(300), unlimited).await;
    assert!(waited.is_err(), "zero disables the limit");
}

/// A stream of one chunk.
struct Once(Option<&'static str>);

impl futures_core::Stream for Once {
    type Item = Result<&'static str, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.take().map(Ok))
    }
}

#[tokio::test]
async fn cookies_of_a_call_are_added_to_those_of_every_call() {
    let (server, core) = server().await;
    let core = support::with(&core, |settings| {
        settings.header(HeaderName::from_static("cookie"), HeaderValue::from_static("tenant=a"));
    });
    let call = core.request(&api::OPEN).cookie_param("b", Explode::Yes, "1");
    send(call).await.unwrap();
    assert_eq!(server.last().header("cookie"), Some("tenant=a; b=1"));
    send(core.request(&api::OPEN)).await.unwrap();
    assert_eq!(server.last().header("cookie"), Some("tenant=a"));
}

#[tokio::test]
async fn a_post_without_a_body_has_content_length_zero() {
    let (server, core) = server().await;
    send(core.request(&api::OPEN_POST)).await.unwrap();
    assert_eq!(server.last().header("content-length"), Some("0"));
    send(core.request(&api::OPEN_POST).body("text/plain", "four"))
        .await
        .unwrap();
    assert_eq!(server.last().header("content-length"), Some("4"));
    send(core.request(&api::OPEN)).await.unwrap();
    assert_eq!(server.last().header("content-length"), None);
}

#[tokio::test]
async fn infinite_numbers_and_nan_are_errors() {
    let (server, core) = server().await;
    #[derive(serde::Serialize)]
    struct Area {
        at: (f32, Option<f64>),
    }
    let form = (QueryStyle::Form, Explode::Yes);
    let area = Area {
        at: (1.0, Some(f64::INFINITY)),
    };
    let calls = [
        core.request(&api::OPEN).query("q", form.0, form.1, &f64::NAN),
        core.request(&api::OPEN)
            .query("q", form.0, form.1, &[1.5, f64::NEG_INFINITY]),
        core.request(&api::OPEN).query_json("q", &area),
        core.request(&api::OPEN).header_param("x-q", Explode::No, &f32::NAN),
    ];
    for call in calls {
        let problem = problem(call).await;
        assert!(
            problem.ends_with("cannot be serialized: a number is infinite or NaN"),
            "{problem}"
        );
    }
    assert!(server.requests().is_empty());
}
