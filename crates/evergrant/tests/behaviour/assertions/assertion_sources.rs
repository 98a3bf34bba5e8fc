//! Sources of assertions: files that are read at each attempt, functions, and URLs.

use std::fs;
use std::sync::{Arc, Mutex};

use evergrant::assertion::{AssertionFile, AssertionUrl};
use evergrant::{BuildError, Error, JwtBearer, Secret, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, Fault, MockResponse};
use http::Method;

use super::{ASSERTION, Folder, fixture, sent};
use crate::support::{CLIENT, Fixture, SECRET, call_concurrently, seconds, value};

fn manager(fixture: &Fixture, grant: JwtBearer) -> TokenManager {
    let builder = fixture.configured(grant.builder(CLIENT, SECRET));
    builder.build(Transport::default()).unwrap()
}

async fn failure(fixture: &Fixture, grant: JwtBearer) -> Error {
    let before = fixture.requests();
    let error = manager(fixture, grant).token().await.unwrap_err();
    assert_eq!(fixture.requests(), before, "nothing is sent");
    error
}

/// The kubelet replaces a projected token after 80% of its lifetime.
#[tokio::test]
async fn a_file_is_read_again_at_each_attempt() {
    let fixture = fixture();
    let folder = Folder::new("rotated");
    let tokens = manager(&fixture, JwtBearer::new(AssertionFile::new(folder.file())));
    for number in 0..3 {
        let assertion = format!("projected.token.{number}");
        fixture.auth.add_assertion(&assertion, "jane");
        fs::write(folder.file(), format!("{assertion}\n")).unwrap();
        tokens.token().await.unwrap();
        assert_eq!(sent(&fixture, "assertion"), Some(assertion.clone()));
        fixture.auth.remove_assertion(&assertion);
        fixture.clock.advance(seconds(3600));
    }
}

#[tokio::test]
async fn no_call_fails_while_the_file_is_replaced() {
    let fixture = Fixture::with(|server| super::enable(server).lifetime(seconds(12)));
    let folder = Folder::new("rotation");
    let replace = |number: u32| {
        let assertion = format!("projected.token.{number}");
        fixture.auth.add_assertion(&assertion, "jane");
        let new = folder.0.join("new");
        fs::write(&new, assertion).unwrap();
        fs::rename(&new, folder.file()).unwrap();
        fixture
            .auth
            .remove_assertion(&format!("projected.token.{}", number.wrapping_sub(1)));
    };
    replace(0);
    let tokens = manager(&fixture, JwtBearer::new(AssertionFile::new(folder.file())));
    for number in 1..=10 {
        let calls = call_concurrently(50, || {
            let tokens = tokens.clone();
            async move { tokens.token().await.map(|token| value(&token)) }
        });
        for outcome in calls.await {
            assert!(fixture.auth.accepts(&outcome.unwrap()));
        }
        replace(number);
        fixture.clock.advance(seconds(6));
    }
}

#[tokio::test]
async fn an_unusable_file_is_an_error_with_a_remedy() {
    let fixture = fixture();
    let folder = Folder::new("unusable");
    for (content, problem) in [
        (None, "cannot read"),
        (Some(String::new()), "is empty"),
        (Some("\n".to_owned()), "is empty"),
        (Some("two.assertions\nin.a.file\n".to_owned()), "has more than one line"),
        (Some("x".repeat(64 * 1024 + 1)), "is larger than 64 KiB"),
    ] {
        if let Some(content) = content {
            fs::write(folder.file(), content).unwrap();
        }
        let error = failure(&fixture, JwtBearer::new(AssertionFile::new(folder.file())))
            .await
            .to_string();
        assert!(error.contains(problem) && error.contains("check "), "{error}");
        assert!(error.contains(folder.file().to_str().unwrap()), "{error}");
        assert!(!error.contains("two.assertions"), "{error}");
    }
    let error = failure(&fixture, JwtBearer::new(AssertionFile::new(&folder.0)))
        .await
        .to_string();
    assert!(error.contains("is not a regular file"), "{error}");
    fs::write(folder.file(), [0xFF, 0xFE, b'x']).unwrap();
    let error = failure(&fixture, JwtBearer::new(AssertionFile::new(folder.file())))
        .await
        .to_string();
    assert!(error.contains("is not text in UTF-8"), "{error}");
}

#[tokio::test]
async fn a_file_that_appears_later_is_used_after_the_failure() {
    let fixture = fixture();
    let folder = Folder::new("late");
    let tokens = manager(&fixture, JwtBearer::new(AssertionFile::new(folder.file())));
    assert!(tokens.token().await.is_err());
    fs::write(folder.file(), ASSERTION).unwrap();
    fixture.clock.advance(seconds(2));
    assert!(tokens.token().await.is_ok());
}

#[tokio::test]
async fn a_function_reports_its_own_error() {
    let fixture = fixture();
    let grant = JwtBearer::new(|| async { Err(Error::assertion("the vault is sealed")) });
    let error = failure(&fixture, grant).await.to_string();
    assert!(
        error.contains("source of assertions failed: the vault is sealed"),
        "{error}"
    );
    let empty = failure(&fixture, JwtBearer::new(|| async { Ok(Secret::new("")) }))
        .await
        .to_string();
    assert!(empty.contains("an assertion that is empty"), "{empty}");
}

const REQUEST_TOKEN: &str = "not-a-real-request-token";

/// Emulates the URL of a GitHub Actions job, by GitHub's documentation.
fn platform(respond: impl Fn() -> MockResponse + Send + Sync + 'static) -> ApiServer {
    let platform = ApiServer::unprotected();
    platform.route(Method::GET, "/token", move |request| match request.bearer_token() {
        Some(REQUEST_TOKEN) => respond(),
        _ => MockResponse::new(401),
    });
    platform
}

fn url(platform: &ApiServer) -> AssertionUrl {
    let url = AssertionUrl::new(&platform.url("/token?api-version=2.0"), Transport::default()).unwrap();
    url.bearer_token(REQUEST_TOKEN)
        .query("audience", "https://auth.example.com/a b")
}

#[tokio::test]
async fn a_url_returns_the_assertion_for_the_audience() {
    let fixture = fixture();
    let json = format!(r#"{{"count":1,"value":"{ASSERTION}"}}"#);
    let platform = platform(move || MockResponse::new(200).json(&json));
    let tokens = manager(&fixture, JwtBearer::new(url(&platform)));
    tokens.token().await.unwrap();
    assert_eq!(sent(&fixture, "assertion").as_deref(), Some(ASSERTION));
    let requests = platform.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].query_value("api-version").as_deref(), Some("2.0"));
    assert_eq!(
        requests[0].query_value("audience").as_deref(),
        Some("https://auth.example.com/a b")
    );
    assert_eq!(requests[0].header("accept"), Some("application/json"));
    // The request token goes to its URL only.
    assert!(fixture.auth.requests().iter().all(|request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        !body.contains(REQUEST_TOKEN) && !format!("{:?}", request.headers).contains(REQUEST_TOKEN)
    }));
}

#[tokio::test]
async fn a_redirect_of_the_url_is_not_followed() {
    let fixture = fixture();
    let elsewhere = ApiServer::unprotected();
    let target = elsewhere.url("/token");
    let platform = platform(move || MockResponse::new(307).header("location", &target));
    let error = failure(&fixture, JwtBearer::new(url(&platform))).await.to_string();
    assert!(
        error.contains("responds with 307") && error.contains("not followed"),
        "{error}"
    );
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn an_unusable_response_of_the_url_is_an_error_that_shows_none_of_it() {
    let fixture = fixture();
    let response = Arc::new(Mutex::new(MockResponse::new(200)));
    let shared = Arc::clone(&response);
    let platform = platform(move || shared.lock().unwrap().clone());
    let large = format!(r#"{{"value":"{}"}}"#, "x".repeat(1024 * 1024 + 1));
    for (next, problem, is_retryable) in [
        (
            MockResponse::new(200).json(r#"{"token":"hush"}"#),
            "the string `value`",
            false,
        ),
        (
            MockResponse::new(200).json(r#"{"value":{"hush":1}}"#),
            "the string `value`",
            false,
        ),
        (MockResponse::new(200).body("hush"), "the string `value`", false),
        (MockResponse::new(200).json(&large), "1 MiB", false),
        (MockResponse::new(403).body("hush"), "check the token", false),
        (MockResponse::new(404).body("hush"), "responds with 404", false),
        (MockResponse::new(503).body("hush"), "responds with 503", true),
    ] {
        *response.lock().unwrap() = next;
        let error = failure(&fixture, JwtBearer::new(url(&platform))).await;
        let text = error.to_string();
        assert!(text.contains(problem), "{text}");
        assert!(
            !text.contains("hush") && !text.contains("api-version") && !text.contains(REQUEST_TOKEN),
            "{text}"
        );
        assert_eq!(error.is_retryable(), is_retryable, "{text}");
    }
}

#[tokio::test]
async fn a_transient_failure_of_the_url_is_retried() {
    let fixture = fixture();
    let json = format!(r#"{{"value":"{ASSERTION}"}}"#);
    let platform = platform(move || MockResponse::new(200).json(&json));
    platform.next(Fault::Disconnect);
    let builder = fixture.configured(JwtBearer::new(url(&platform)).builder(CLIENT, SECRET));
    let builder = builder.retries(evergrant::RetryPolicy::new(1).pause(seconds(0)));
    let tokens = builder.build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    assert_eq!(platform.requests().len(), 2);
}

#[tokio::test]
async fn calls_do_not_ask_a_failing_url_again_during_its_back_off() {
    let fixture = fixture();
    let platform = platform(|| MockResponse::new(429).header("retry-after", "20"));
    let builder = fixture.configured(JwtBearer::new(url(&platform)).builder(CLIENT, SECRET));
    let tokens = builder.retries(0).build(Transport::default()).unwrap();
    for _ in 0..10 {
        let error = tokens.token().await.unwrap_err();
        assert!(error.retry_after().is_some(), "{error}");
    }
    assert_eq!(platform.requests().len(), 1);
    fixture.clock.advance(seconds(19));
    tokens.token().await.unwrap_err();
    assert_eq!(
        platform.requests().len(),
        1,
        "the time that the URL demands has not passed"
    );
    fixture.clock.advance(seconds(10));
    tokens.token().await.unwrap_err();
    assert_eq!(platform.requests().len(), 2);
}

#[test]
fn a_fixed_assertion_that_is_none_is_an_error_when_the_manager_is_built() {
    let fixture = fixture();
    for (text, problem) in [
        (String::new(), "is empty"),
        ("x".repeat(64 * 1024 + 1), "is larger than 64 KiB"),
        ("a.b.c\n".to_owned(), "line ending"),
    ] {
        let grant = JwtBearer::new(text.clone()).builder(CLIENT, SECRET);
        let error = fixture
            .configured(grant)
            .build(Transport::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(problem), "{error}");
        let auth = evergrant::client_auth::ClientAssertion::new(text);
        let client = evergrant::ClientCredentials::builder(CLIENT, auth);
        let error = fixture
            .configured(client)
            .build(Transport::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn the_url_must_be_encrypted() {
    let error = AssertionUrl::new("http://platform.example.com/token", Transport::default()).unwrap_err();
    assert!(matches!(error, BuildError::NotEncrypted { .. }), "{error}");
}
