//! The JWT bearer grant (RFC 7523 section 2.1).

use evergrant::client_auth::NoClientAuth;
use evergrant::{BuildError, Error, JwtBearer};
use evergrant_reqwest::Transport;
use evergrant_testing::{ExpiresIn, Fault, MockResponse};

use super::{ASSERTION, JWT_BEARER, fixture, issued, numbered, sent};
use crate::support::{CLIENT, SECRET, call_concurrently, seconds, value};

#[tokio::test]
async fn the_assertion_is_exchanged_for_a_token_of_its_subject() {
    let fixture = fixture();
    let builder = fixture.configured(JwtBearer::new(ASSERTION).builder(CLIENT, SECRET));
    let tokens = builder.scopes(["books.read"]).build(Transport::default()).unwrap();
    let token = tokens.token().await.unwrap();
    assert_eq!(sent(&fixture, "grant_type").as_deref(), Some(JWT_BEARER));
    assert_eq!(sent(&fixture, "assertion").as_deref(), Some(ASSERTION));
    assert_eq!(sent(&fixture, "scope").as_deref(), Some("books.read"));
    assert_eq!(issued(&fixture, &token).subject.as_deref(), Some("jane"));
}

#[tokio::test]
async fn all_calls_share_one_request_and_renewals_happen_before_the_expiry() {
    let fixture = fixture();
    let builder = fixture.configured(JwtBearer::new(ASSERTION).builder(CLIENT, SECRET));
    let tokens = builder.build(Transport::default()).unwrap();
    let received = call_concurrently(20, || {
        let tokens = tokens.clone();
        async move { value(&tokens.token().await.unwrap()) }
    });
    let received = received.await;
    assert!(received.iter().all(|token| *token == received[0]));
    assert_eq!(fixture.requests(), 1);
    // The renewal is due, and no call waits for it.
    let first = tokens.status().generation;
    let hold = fixture.auth.hold();
    fixture.clock.advance(seconds(3000));
    assert_eq!(value(&tokens.token().await.unwrap()), received[0]);
    fixture.wait_until(|| fixture.requests() == 2).await;
    drop(hold);
    fixture.wait_until(|| tokens.status().generation != first).await;
    assert_ne!(value(&tokens.token().await.unwrap()), received[0]);
}

/// An assertion can be used once: awell-extensions#439 and RFC 7523 section 3.
#[tokio::test]
async fn each_attempt_has_a_new_assertion() {
    let fixture = crate::support::Fixture::with(|server| {
        let server = server.jwt_bearer().single_use_assertions();
        (1..=4).fold(server, |server, number| {
            server.assertion(&format!("assertion-{number}"), "jane")
        })
    });
    fixture.auth.next(Fault::Disconnect);
    fixture.auth.next(MockResponse::new(503));
    let builder = fixture.configured(JwtBearer::new(numbered()).builder(CLIENT, SECRET));
    let tokens = builder
        .retries(evergrant::RetryPolicy::new(2).pause(seconds(0)))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    let assertions: Vec<_> = fixture
        .auth
        .requests()
        .iter()
        .map(|request| request.form_value("assertion"))
        .collect();
    let expected = ["assertion-1", "assertion-2", "assertion-3"];
    assert_eq!(assertions, expected.map(|assertion| Some(assertion.to_owned())));
    // A token that an API rejects is fetched with another assertion.
    tokens.reject(tokens.token().await.unwrap().generation());
    tokens.token().await.unwrap();
    assert_eq!(sent(&fixture, "assertion").as_deref(), Some("assertion-4"));
}

/// Salesforce: the lifetime of its tokens is a setting of the server.
#[tokio::test]
async fn a_response_without_expires_in_has_the_configured_lifetime() {
    let fixture = crate::support::Fixture::with(|server| super::enable(server).expires_in(ExpiresIn::Absent));
    let builder = fixture.configured(JwtBearer::new(ASSERTION).builder(CLIENT, SECRET));
    let tokens = builder
        .default_lifetime(seconds(600))
        .build(Transport::default())
        .unwrap();
    let first = value(&tokens.token().await.unwrap());
    fixture.clock.advance(seconds(400));
    assert_eq!(value(&tokens.token().await.unwrap()), first);
    fixture.clock.advance(seconds(200));
    assert_ne!(value(&tokens.token().await.unwrap()), first);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_request_without_client_authentication_has_neither_secret_nor_client_id() {
    let fixture = fixture();
    fixture
        .auth
        .next(MockResponse::new(200).json(r#"{"access_token":"one","token_type":"Bearer","expires_in":60}"#));
    let builder = fixture.configured(JwtBearer::new(ASSERTION).builder(CLIENT, NoClientAuth));
    let tokens = builder.build(Transport::default()).unwrap();
    assert_eq!(value(&tokens.token().await.unwrap()), "one");
    let request = fixture.auth.last_token_request();
    assert_eq!(request.header("authorization"), None);
    let names: Vec<_> = request.form().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "assertion"]);
}

#[tokio::test]
async fn a_rejected_assertion_is_an_error_and_fails_fast() {
    let fixture = fixture();
    let builder = fixture.configured(JwtBearer::new("not.a.known.assertion").builder(CLIENT, SECRET));
    let tokens = builder.build(Transport::default()).unwrap();
    for _ in 0..3 {
        let error = tokens.token().await.unwrap_err();
        assert!(
            matches!(&error, Error::OAuthProvider(error) if error.code() == Some("invalid_grant")),
            "{error}"
        );
    }
    assert_eq!(fixture.requests(), 1);
}

#[test]
fn an_empty_assertion_is_found_by_build() {
    let builder = JwtBearer::new("").builder(CLIENT, SECRET);
    let error = builder
        .token_url("https://auth.example.com/token")
        .build(Transport::default())
        .unwrap_err();
    assert!(error.to_string().contains("it is empty"), "{error}");
}

#[tokio::test]
async fn parameters_of_the_grant_cannot_be_set_twice() {
    let builder = JwtBearer::new(ASSERTION).builder(CLIENT, SECRET);
    let builder = builder
        .token_url("https://auth.example.com/token")
        .param("assertion", "other");
    let error = builder.build(Transport::default()).unwrap_err();
    assert!(
        matches!(&error, BuildError::ReservedParameter { name, .. } if name == "assertion"),
        "{error}"
    );
}
