//! Introspection of received tokens (RFC 7662), and its cache.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use evergrant::error::{EndpointProblem, TransportErrorKind};
use evergrant::runtime::Runtime as _;
use evergrant::{ClientCredentials, Error, Introspection, IntrospectionBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{ManualClock, RecordedRequest};

use crate::scripted_transport::{Reply, ScriptedTransport, failure, json, with_header};
use crate::support::{CLIENT, Fixture, SECRET, call_concurrently, seconds};

fn builder(fixture: &Fixture) -> IntrospectionBuilder {
    let service = fixture.builder().introspection_url(fixture.auth.url("/introspect"));
    service.build(Transport::default()).unwrap().introspection()
}

fn introspection(fixture: &Fixture) -> Introspection {
    builder(fixture).build().unwrap()
}

fn sent(fixture: &Fixture) -> Vec<RecordedRequest> {
    let mut requests = fixture.auth.requests();
    requests.retain(|request| request.path == "/introspect");
    requests
}

async fn is_active(introspection: &Introspection, token: &str) -> bool {
    introspection.introspect(token).await.unwrap().is_some()
}

/// A service whose authorization server sends these replies.
fn scripted(replies: impl IntoIterator<Item = Reply>) -> (Introspection, ScriptedTransport, ManualClock) {
    let (transport, clock) = (ScriptedTransport::new(replies), ManualClock::new());
    let service = ClientCredentials::builder(CLIENT, SECRET)
        .token_url("https://auth.example.com/token")
        .introspection_url("https://auth.example.com/introspect")
        .runtime(clock.clone())
        .retries(0)
        .build(transport.clone())
        .unwrap();
    (service.introspection().build().unwrap(), transport, clock)
}

#[tokio::test]
async fn a_service_learns_for_whom_a_token_was_issued() {
    let fixture = Fixture::with(|server| server.client("shop", "not-a-real-secret"));
    let introspection = introspection(&fixture);
    let token = fixture.auth.issue_token("shop", &["books.read", "books.write"]);
    let introspected = introspection.introspect(&token).await.unwrap().unwrap();
    assert_eq!(introspected.client_id(), Some("shop"));
    assert!(introspected.scopes().contains("books.write"));
    assert_eq!(introspected.token_type(), Some("Bearer"));
    assert_eq!(introspected.member("active").as_deref(), Some("true"));
    let expiry = fixture.clock.now().wall() + seconds(3600);
    let expiry = expiry.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let stated = introspected.expires_at().unwrap().duration_since(UNIX_EPOCH).unwrap();
    assert_eq!(stated.as_secs(), expiry);
    let request = &sent(&fixture)[0];
    assert_eq!(request.form_value("token").as_deref(), Some(&*token));
    assert_eq!(request.form_value("scope"), None);
    assert!(request.header("authorization").is_some());
    assert_eq!(fixture.requests(), 0, "the service needs no token of its own");
    assert!(!format!("{introspected:?} {introspection:?}").contains(&token));
}

#[tokio::test]
async fn the_endpoint_is_found_in_the_metadata_of_the_issuer() {
    let fixture = Fixture::new();
    let service = ClientCredentials::builder(CLIENT, SECRET)
        .issuer(fixture.auth.issuer())
        .runtime(fixture.clock.clone())
        .build(Transport::default())
        .unwrap();
    let introspection = service.introspection().build().unwrap();
    assert!(is_active(&introspection, &fixture.auth.issue_token(CLIENT, &[])).await);
}

#[tokio::test]
async fn a_response_is_cached_until_its_maximum_age() {
    let fixture = Fixture::new();
    let introspection = builder(&fixture).max_age(seconds(30)).build().unwrap();
    let token = fixture.auth.issue_token(CLIENT, &[]);
    assert!(is_active(&introspection, &token).await);
    fixture.auth.revoke(&token);
    fixture.clock.advance(seconds(29));
    assert!(is_active(&introspection, &token).await);
    assert_eq!(sent(&fixture).len(), 1);
    fixture.clock.advance(seconds(1));
    assert!(!is_active(&introspection, &token).await);
    assert_eq!(sent(&fixture).len(), 2);
}

#[tokio::test]
async fn an_expired_token_is_not_active_even_if_its_response_is_cached() {
    let fixture = Fixture::with(|server| server.lifetime(seconds(20)));
    let introspection = builder(&fixture).max_age(seconds(3600)).build().unwrap();
    let token = fixture.auth.issue_token(CLIENT, &[]);
    assert!(is_active(&introspection, &token).await);
    fixture.clock.advance(seconds(20));
    assert!(!is_active(&introspection, &token).await);

    // A server that still calls an expired token active, or a token that is not yet valid.
    for member in [r#""exp":1000"#, r#""nbf":99999999999"#] {
        let body = format!(r#"{{"active":true,{member}}}"#);
        let (introspection, ..) = scripted([json(200, &body)]);
        assert!(!is_active(&introspection, "not-a-real-token").await, "{member}");
    }
}

/// Doorkeeper states zero for a token that never expires.
#[tokio::test]
async fn an_active_token_with_an_expiry_of_zero_never_expires() {
    let (introspection, transport, clock) = scripted((0..2).map(|_| json(200, r#"{"active":true,"exp":0}"#)));
    let introspected = introspection.introspect("not-a-real-token").await.unwrap().unwrap();
    assert_eq!(introspected.expires_at(), None);
    clock.advance(seconds(59));
    assert!(is_active(&introspection, "not-a-real-token").await);
    assert_eq!(transport.sent(), 1, "the response is cached");
    clock.advance(seconds(1));
    assert!(is_active(&introspection, "not-a-real-token").await);
    assert_eq!(transport.sent(), 2);
}

#[tokio::test]
async fn a_token_that_is_not_active_is_cached_for_a_shorter_time() {
    let fixture = Fixture::new();
    let introspection = introspection(&fixture);
    for _ in 0..3 {
        assert!(!is_active(&introspection, "not-a-real-token").await);
    }
    assert_eq!(sent(&fixture).len(), 1);
    fixture.clock.advance(seconds(10));
    assert!(!is_active(&introspection, "not-a-real-token").await);
    assert_eq!(sent(&fixture).len(), 2);
}

#[tokio::test]
async fn the_cache_is_bounded_and_invalid_tokens_evict_no_valid_ones() {
    let fixture = Fixture::new();
    let introspection = builder(&fixture).capacity(2).build().unwrap();
    let tokens: Vec<_> = (0..3).map(|_| fixture.auth.issue_token(CLIENT, &[])).collect();
    for token in &tokens[..2] {
        assert!(is_active(&introspection, token).await);
    }
    for number in 0..20 {
        assert!(!is_active(&introspection, &format!("not-a-real-token-{number}")).await);
    }
    assert!(format!("{introspection:?}").contains("cached: 4"), "{introspection:?}");
    let before = sent(&fixture).len();
    assert!(is_active(&introspection, &tokens[0]).await);
    assert_eq!(sent(&fixture).len(), before);
    // The least recently used token is evicted.
    assert!(is_active(&introspection, &tokens[2]).await);
    assert!(is_active(&introspection, &tokens[0]).await);
    assert_eq!(sent(&fixture).len(), before + 1);
    assert!(is_active(&introspection, &tokens[1]).await);
    assert_eq!(sent(&fixture).len(), before + 2);
}

#[tokio::test]
async fn concurrent_calls_with_one_token_send_one_request() {
    let fixture = Fixture::new();
    let introspection = introspection(&fixture);
    let token: Arc<str> = fixture.auth.issue_token(CLIENT, &[]).into();
    let outcomes = call_concurrently(50, || {
        let (introspection, token) = (introspection.clone(), Arc::clone(&token));
        async move { is_active(&introspection, &token).await }
    })
    .await;
    assert!(outcomes.into_iter().all(|is_active| is_active));
    assert_eq!(sent(&fixture).len(), 1);
}

#[tokio::test]
async fn a_failure_is_an_error_and_is_not_cached() {
    let interrupted = failure(TransportErrorKind::Interrupted);
    let active = json(200, r#"{"active":true}"#);
    let (introspection, transport, _) = scripted([interrupted, json(401, r#"{"error":"invalid_client"}"#), active]);
    let error = introspection.introspect("not-a-real-token").await.unwrap_err();
    assert!(
        error.is_retryable() && error.to_string().contains("/introspect"),
        "{error}"
    );
    let error = introspection.introspect("not-a-real-token").await.unwrap_err();
    assert!(error.to_string().contains("invalid_client"), "{error}");
    assert!(is_active(&introspection, "not-a-real-token").await);
    assert_eq!(transport.sent(), 3);
}

#[tokio::test]
async fn a_response_without_a_statement_is_not_taken_for_inactive() {
    for body in ["{}", "[]", "<html>", r#"{"active":"true"}"#, r#"{"active":null}"#] {
        let (introspection, ..) = scripted([json(200, body)]);
        match introspection.introspect("not-a-real-token").await {
            Err(Error::Endpoint(error)) => {
                assert!(
                    matches!(error.problem(), EndpointProblem::InvalidResponse(_)),
                    "{error}"
                );
            }
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_retry_after_ends_the_requests_until_it_has_passed() {
    let busy = with_header(json(503, ""), "retry-after", "30");
    let (introspection, transport, clock) = scripted([busy, json(200, r#"{"active":true}"#)]);
    for token in ["one", "two", "three"] {
        let error = introspection.introspect(token).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
    assert_eq!(transport.sent(), 1);
    clock.advance(seconds(30));
    assert!(is_active(&introspection, "one").await);
}

#[tokio::test]
async fn text_that_is_no_token_is_not_sent() {
    let (introspection, transport, _) = scripted([json(200, r#"{"active":true}"#)]);
    for text in ["", "not\na token", "not-a-tökén", &"x".repeat(64 * 1024 + 1)] {
        assert!(!is_active(&introspection, text).await);
    }
    assert_eq!(transport.sent(), 0);
}

#[tokio::test]
async fn the_key_of_a_bound_token_is_readable() {
    let body = r#"{"active":true,"sub":"jane","aud":["orders","books"],"cnf":{"jkt":"not-a-real-thumbprint"}}"#;
    let (introspection, ..) = scripted([json(200, body)]);
    let token = introspection.introspect("not-a-real-token").await.unwrap().unwrap();
    assert_eq!(token.confirmation("jkt"), Some("not-a-real-thumbprint"));
    assert_eq!(token.confirmation("x5t#S256"), None);
    assert_eq!((token.subject(), token.audiences().len()), (Some("jane"), 2));
}

#[tokio::test]
async fn a_dropped_call_leaves_the_request_to_the_next_one() {
    let fixture = Fixture::new();
    let introspection = introspection(&fixture);
    let token = fixture.auth.issue_token(CLIENT, &[]);
    let dropped = tokio::time::timeout(Duration::ZERO, introspection.introspect(&token)).await;
    drop(dropped);
    assert!(is_active(&introspection, &token).await);
}

#[tokio::test]
async fn the_clock_of_the_service_may_be_a_minute_behind() {
    let now = ManualClock::new().now().wall().duration_since(UNIX_EPOCH).unwrap();
    for (ahead, is_accepted) in [(60, true), (61, false)] {
        let begin = (now + seconds(ahead)).as_secs_f64();
        let (introspection, ..) = scripted([json(200, &format!(r#"{{"active":true,"nbf":{begin}}}"#))]);
        assert_eq!(
            is_active(&introspection, "not-a-real-token").await,
            is_accepted,
            "{ahead}"
        );
    }
}
