//! The gate that `Retry-After` closes, and responses without a usable token.

use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::{Request, Response};

use super::*;
use crate::error::{Hint, SharedFailureError, TokenResponseProblem};
use crate::transport::MAX_RESPONSE_BYTES;
use crate::{ClientCredentials, Transport};

fn at(second: u64) -> Timestamp {
    Timestamp::new(UNIX_EPOCH, Duration::from_secs(second))
}

/// Returns an error after which the server requires this pause.
fn error(seconds: u64) -> Error {
    let pause = Duration::from_secs(seconds);
    Error::SharedFailure(Arc::new(SharedFailureError::example(None, pause, true)))
}

fn blocked_until(gate: &RetryAfterGate) -> Option<u64> {
    (0..1000).find(|second| gate.error(at(*second)).is_none())
}

#[test]
fn a_retry_after_blocks_requests_until_it_has_passed() {
    let gate = RetryAfterGate::default();
    assert!(gate.error(at(0)).is_none() && gate.left(at(0)).is_zero());
    gate.close(at(100), &error(30));
    assert_eq!(gate.left(at(110)), Duration::from_secs(20));
    assert_eq!(gate.left(at(130)), Duration::ZERO);
    assert_eq!(
        gate.error(at(129)).unwrap().retry_after(),
        Some(Duration::from_secs(30))
    );
    assert!(gate.error(at(130)).is_none());
    assert_eq!(gate.left(at(100)), Duration::ZERO, "the gate stays open");
}

#[test]
fn the_longest_retry_after_of_concurrent_responses_applies() {
    for (first, second) in [(30, 60), (60, 30)] {
        let gate = RetryAfterGate::default();
        gate.close(at(0), &error(first));
        gate.close(at(0), &error(second));
        assert_eq!(blocked_until(&gate), Some(60), "{first} {second}");
    }
}

#[test]
fn of_two_responses_with_one_deadline_the_first_is_reported() {
    let gate = RetryAfterGate::default();
    gate.close(at(0), &error(60));
    gate.close(at(30), &error(30));
    assert_eq!(gate.error(at(59)).unwrap().retry_after(), Some(Duration::from_secs(60)));
}

/// A transport that returns this response.
#[derive(Debug)]
struct Fixed(Response<Bytes>);

impl Transport for Fixed {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(self.0.clone())
    }
}

async fn fetch(response: Response<Bytes>) -> Result<Token, Error> {
    let builder = ClientCredentials::builder("client", "not-a-real-secret")
        .token_url("https://auth.example.com/token")
        .retries(0);
    builder.build(Fixed(response)).unwrap().token().await
}

/// Returns the problem with a successful response, and the error's message.
async fn problem(response: Response<Bytes>) -> (TokenResponseProblem, String) {
    match fetch(response).await.unwrap_err() {
        Error::TokenResponse(error) => (error.problem().clone(), error.to_string()),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_response_of_the_maximum_size_is_read() {
    let body = |size: usize| {
        let mut body = br#"{"access_token":"not-a-real-token","token_type":"Bearer"}"#.to_vec();
        body.resize(size, b' ');
        Response::new(Bytes::from(body))
    };
    assert!(fetch(body(MAX_RESPONSE_BYTES)).await.is_ok());
    for more in [1, 2] {
        let size = MAX_RESPONSE_BYTES + more;
        let error = fetch(body(size)).await.unwrap_err();
        let Error::Unreachable(error) = &error else {
            panic!("{error}");
        };
        assert_eq!(error.kind(), crate::error::TransportErrorKind::TooLarge);
        assert!(error.to_string().contains(&format!("{size} bytes")), "{error}");
    }
}

#[tokio::test]
async fn json_that_is_not_an_object_is_rejected_without_its_content() {
    for body in [r#""shown""#, "12345", "true", r#"["shown", 12345]"#, "[]"] {
        let (problem, message) = problem(Response::new(body.into())).await;
        assert_eq!(problem, TokenResponseProblem::NotJson, "{body}");
        assert!(!message.contains("shown") && !message.contains("12345"), "{message}");
    }
    let (problem, message) = problem(Response::new("other content".into())).await;
    assert_eq!(problem, TokenResponseProblem::NotJson);
    assert!(message.contains("(other content)"), "{message}");
}

#[tokio::test]
async fn truncated_json_is_not_shown() {
    let (problem, message) = problem(Response::new(r#"{"data": "some content"#.into())).await;
    assert_eq!(problem, TokenResponseProblem::Truncated);
    assert!(!message.contains("some content"), "{message}");
}

#[tokio::test]
async fn an_empty_body_is_empty_in_any_encoding() {
    for encoding in ["identity", "gzip", "deflate"] {
        let response = Response::builder().header("content-encoding", encoding);
        let (problem, _) = problem(response.body(Bytes::new()).unwrap()).await;
        assert_eq!(problem, TokenResponseProblem::Empty, "{encoding}");
    }
}

#[tokio::test]
async fn a_rejection_with_a_reason_has_no_excerpt() {
    for (body, excerpt) in [
        (r#"{"error":"invalid_scope","note":"more"}"#, None),
        (r#"{"message":"no such client","note":"more"}"#, None),
        (
            r#"{"error":"invalid_scope","error_description":"none","note":"more"}"#,
            None,
        ),
        ("", None),
        (r#"{"note":"more"}"#, Some("more")),
    ] {
        let response = Response::builder().status(400).body(body.into());
        match fetch(response.unwrap()).await.unwrap_err() {
            Error::OAuthProvider(error) => assert_eq!(error.excerpt(), excerpt, "{body}"),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn debug_output_names_the_client_and_no_secret() {
    let shown = Arc::new(Mutex::new(String::new()));
    let copy = Arc::clone(&shown);
    let provider = move |_: Option<Token>, endpoint: TokenEndpoint| {
        *copy.lock().unwrap() = format!("{endpoint:?}");
        async { Ok::<_, Error>(Token::new("not-a-real-token")) }
    };
    let builder = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url("https://auth.example.com/token")
        .scopes(["read"])
        .token_provider(provider);
    let tokens = builder.build(Fixed(Response::default())).unwrap();
    tokens.token().await.unwrap();
    let shown = shown.lock().unwrap();
    assert!(shown.contains("bookshop") && shown.contains("read"), "{shown}");
    assert!(!shown.contains("not-a-real"), "{shown}");
}

#[tokio::test]
async fn only_a_body_without_json_is_taken_for_a_page() {
    for (content_type, body, hint) in [
        ("text/html", "<p>Sign in</p>", Hint::NotTokenEndpoint),
        ("text/plain", "<!doctype html><p>Sign in</p>", Hint::NotTokenEndpoint),
        ("text/plain", "no", Hint::CheckClient),
        ("text/html", r#"{"message":"no"}"#, Hint::CheckClient),
    ] {
        let response = Response::builder().status(401).header("content-type", content_type);
        match fetch(response.body(body.into()).unwrap()).await.unwrap_err() {
            Error::OAuthProvider(error) => assert_eq!(error.hints()[0], hint, "{body}"),
            other => panic!("{other}"),
        }
    }
}
