//! Rejections of tokens: renewals and replays.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use evergrant::client_auth::PublicClient;
use evergrant::scheme::OAuth;
use evergrant::{ClientCredentials, Rejection, Requirement, Token, TokenEndpoint};
use evergrant_reqwest::Transport;
use evergrant_testing::MockResponse;
use http::HeaderName;

use crate::fixture::{Fixture, send_concurrently, status};
use crate::test_client::{Body, Call, Setup, TestClient};

pub async fn a_cached_token_sends_no_token_request<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    for _ in 0..3 {
        assert_eq!(status(client.call(Call::get(fixture.api.url("/books"))).await), 200);
    }
    assert_eq!(fixture.auth.token_requests(), 1);
    assert_eq!(fixture.api.requests().len(), 3);
}

pub async fn cold_callers_share_one_token_request<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let statuses = send_concurrently(30, &client, &Call::get(fixture.api.url("/books"))).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(fixture.auth.token_requests(), 1);
}

pub async fn a_401_leads_to_one_renewal_and_one_replay<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let call = Call::get(fixture.api.url("/books?page=2"));
    assert_eq!(status(client.call(call.clone()).await), 200);
    fixture.auth.revoke_all();
    assert_eq!(status(client.call(call).await), 200);
    assert_eq!(fixture.auth.token_requests(), 2);
    let requests = fixture.api.requests();
    assert_eq!(requests.len(), 3);
    assert_ne!(requests[1].header("authorization"), requests[2].header("authorization"));
    assert!(
        requests
            .iter()
            .all(|request| request.query.as_deref() == Some("page=2"))
    );
}

pub async fn a_second_401_is_returned<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    assert_eq!(
        status(client.call(Call::get(fixture.api.url("/always-401"))).await),
        401
    );
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (2, 2));
}

pub async fn a_403_does_not_renew<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    assert_eq!(status(client.call(Call::get(fixture.api.url("/forbidden"))).await), 403);
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (1, 1));
}

pub async fn renew_when_treats_another_status_as_a_rejection<S: TestClient>() {
    let fixture = Fixture::new();
    let setup = Setup {
        rejection_status: Some(403),
        ..fixture.setup()
    };
    let client = S::build(fixture.tokens().into(), &setup);
    assert_eq!(status(client.call(Call::get(fixture.api.url("/forbidden"))).await), 403);
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (2, 2));
}

pub async fn keep_token_when_returns_a_401<S: TestClient>() {
    let fixture = Fixture::new();
    let setup = Setup {
        kept_status: Some(401),
        ..fixture.setup()
    };
    let client = S::build(fixture.tokens().into(), &setup);
    fixture.api.reject_next(1);
    assert_eq!(status(client.call(Call::get(fixture.api.url("/books"))).await), 401);
    assert_eq!(status(client.call(Call::get(fixture.api.url("/books"))).await), 200);
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (2, 1));
}

pub async fn keep_token_when_body_sees_the_body_of_a_401<S: TestClient>() {
    let fixture = Fixture::new();
    let setup = Setup {
        kept_body: Some("wrong password"),
        ..fixture.setup()
    };
    let client = S::build(fixture.tokens().into(), &setup);
    let call = Call::post(fixture.api.url("/echo"), Body::Buffered(Bytes::from_static(b"login")));
    let reason = r#"{"error":"wrong password"}"#;
    fixture.api.next(MockResponse::new(401).body(reason));
    let response = client.call(call.clone()).await.expect("a response");
    assert_eq!((response.status, &*response.body), (401, reason.as_bytes()));
    assert!(response.generation.is_some());
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (1, 1));
    // The rule sees the second response too.
    fixture.api.next(MockResponse::new(401).body("expired"));
    fixture.api.next(MockResponse::new(401).body(reason));
    let response = client.call(call.clone()).await.expect("a response");
    assert_eq!((response.status, &*response.body), (401, reason.as_bytes()));
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (3, 2));
    fixture.api.next(MockResponse::new(401).body("expired"));
    assert_eq!(status(client.call(call).await), 200);
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (5, 3));
}

pub async fn the_body_of_a_401_that_a_rule_has_seen_is_complete<S: TestClient>() {
    let fixture = Fixture::new();
    let setup = Setup {
        kept_body: Some("wrong password"),
        ..fixture.setup()
    };
    for (body, requests) in [
        (String::new(), 2),
        (format!("wrong password {}", "x".repeat(300_000)), 1),
        (format!("{} wrong password", "x".repeat(300_000)), 2),
    ] {
        let client = S::build(fixture.tokens().into(), &setup);
        let before = fixture.api.requests().len();
        fixture.api.next(MockResponse::new(401).body(body.clone()));
        fixture.api.next(MockResponse::new(401).body(body.clone()));
        let response = client.call(Call::get(fixture.api.url("/books"))).await;
        let response = response.expect("a response");
        assert_eq!((response.status, &*response.body == body.as_bytes()), (401, true));
        assert_eq!(fixture.api.requests().len() - before, requests);
        fixture.api.recover();
    }
}

pub async fn the_limit_of_a_call_covers_the_wait_for_its_token<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let hold = fixture.auth.hold();
    let call = Call {
        limit: Some(Duration::from_millis(100)),
        ..Call::get(fixture.api.url("/books"))
    };
    client.call(call.clone()).await.expect_err("no token");
    assert!(fixture.api.requests().is_empty());
    hold.release();
    let call = Call {
        limit: Some(Duration::from_secs(60)),
        ..call
    };
    assert_eq!(status(client.call(call).await), 200);
}

pub async fn no_replay_returns_a_401_and_the_next_call_renews<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let call = Call::post(
        fixture.api.url("/echo"),
        Body::Buffered(Bytes::from_static(b"password")),
    );
    let once = Call {
        no_replay: true,
        ..call.clone()
    };
    assert_eq!(status(client.call(once.clone()).await), 200);
    fixture.auth.revoke_all();
    assert_eq!(status(client.call(once).await), 401);
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (2, 1));
    assert_eq!(status(client.call(call).await), 200);
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (3, 2));
}

pub async fn a_response_has_the_generation_of_its_token<S: TestClient>() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let client: S = fixture.client(tokens.clone());
    let call = Call::get(fixture.api.url("/books"));
    let first = client
        .call(call.clone())
        .await
        .expect("a response")
        .generation
        .expect("a token");
    assert_eq!(first, tokens.status().generation);
    assert_eq!(tokens.reject(first), Rejection::Accepted);
    let second = client
        .call(call)
        .await
        .expect("a response")
        .generation
        .expect("a token");
    assert!(second > first, "{second} > {first}");
    assert_eq!(fixture.auth.token_requests(), 2);
}

pub async fn a_bearer_challenge_decides_whether_the_token_is_rejected<S: TestClient>() {
    let rejecting: [(u16, &[&str]); 9] = [
        (403, &[r#"Bearer error="invalid_token""#]),
        (
            400,
            &[r#"Bearer realm="a, b", error="invalid_token", error_description="it \"ended\"""#],
        ),
        (419, &["bearer error=invalid_token"]),
        (498, &[r#"Basic realm="x", Bearer error="invalid_token""#]),
        (404, &[r#"Basic realm="x""#, r#"Bearer error="invalid_token""#]),
        (500, &["Negotiate dG9rZW42OA==, Bearer error = invalid_token"]),
        (401, &[r#"Bearer error="invalid_token""#]),
        (401, &[r#"Bearer realm="open"#]),
        (401, &[]),
    ];
    let not_rejecting: [(u16, &[&str]); 12] = [
        (403, &[]),
        (403, &[r#"Bearer error="insufficient_scope", scope="admin""#]),
        (401, &[r#"Bearer error="insufficient_scope""#]),
        (
            401,
            &[r#"Bearer error="insufficient_user_authentication", acr_values="myACR""#],
        ),
        (403, &[r#"Bearer error="invalid_request""#]),
        (403, &[r#"Bearer realm="error=invalid_token""#]),
        (403, &[r#"Basic error="invalid_token""#]),
        (403, &[r#"Bearer error="invalid_token", realm="open"#]),
        (403, &[r#"Bearer error="invalid_token" realm="x""#]),
        (400, &["invalid_token"]),
        (200, &[r#"Bearer error="invalid_token""#]),
        (498, &[]),
    ];
    let fixture = Fixture::new();
    let rows = rejecting
        .map(|row| (true, row))
        .into_iter()
        .chain(not_rejecting.map(|row| (false, row)));
    for (is_rejection, (code, challenges)) in rows {
        let client: S = fixture.client(fixture.tokens());
        let (tokens, calls) = (fixture.auth.token_requests(), fixture.api.requests().len());
        let mut response = MockResponse::new(code);
        for challenge in challenges {
            response = response.header("www-authenticate", challenge);
        }
        fixture.api.next(response);
        let actual = status(client.call(Call::get(fixture.api.url("/books"))).await);
        let expected = if is_rejection { (200, 2, 2) } else { (code, 1, 1) };
        let spent = (
            fixture.auth.token_requests() - tokens,
            fixture.api.requests().len() - calls,
        );
        assert_eq!((actual, spent.0, spent.1), expected, "{code} {challenges:?}");
    }
}

pub async fn many_401s_for_one_token_lead_to_one_renewal<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let call = Call::get(fixture.api.url("/books"));
    assert_eq!(status(client.call(call.clone()).await), 200);
    fixture.auth.revoke_all();
    let statuses = send_concurrently(30, &client, &call).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(fixture.auth.token_requests(), 2);
}

pub async fn permanent_401s_cause_few_renewals<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    for _ in 0..60 {
        assert_eq!(
            status(client.call(Call::get(fixture.api.url("/always-401"))).await),
            401
        );
    }
    assert!(fixture.auth.token_requests() <= 3, "{}", fixture.auth.token_requests());
}

/// A requirement with a token and a session, and the number of opened sessions.
fn with_session(fixture: &Fixture) -> (Requirement, Arc<AtomicUsize>) {
    let opened = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&opened);
    let log_in = move |_: Option<Token>, _: TokenEndpoint| {
        let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok(Token::new(format!("session-{number}"))) }
    };
    let sessions = ClientCredentials::builder("session", PublicClient).token_url(fixture.api.url("/login"));
    let sessions = sessions.token_provider(log_in).build(Transport::default());
    let session = OAuth::new("session").in_session_header(HeaderName::from_static("x-session"));
    let requirement = Requirement::of(OAuth::new("oauth").with_tokens(fixture.tokens()))
        .and(session.with_tokens(sessions.expect("a manager")))
        .build();
    (requirement.expect("a requirement"), opened)
}

pub async fn with_a_session_token_the_rejected_token_is_renewed<S: TestClient>() {
    let fixture = Fixture::new();
    let (requirement, opened) = with_session(&fixture);
    let client: S = fixture.client(requirement);
    let body = Bytes::from("x".repeat(20_000));
    let call = Call::post(fixture.api.url("/echo"), Body::Buffered(body.clone()));
    assert_eq!(status(client.call(call.clone()).await), 200);
    for round in 2..4 {
        fixture.auth.revoke_all();
        // The session is renewed first, although the token was rejected; then the token.
        let response = client.call(call.clone()).await.expect("a response");
        assert_eq!((response.status, response.body), (200, body.clone()));
        assert_eq!(
            (fixture.auth.token_requests(), opened.load(Ordering::SeqCst)),
            (round, round)
        );
    }
    let requests = fixture.api.requests();
    assert_eq!(requests.len(), 7);
    assert!(requests.iter().all(|request| request.body == body));
    let header = |index: usize, name: &str| requests[index].header(name).map(str::to_owned);
    assert_ne!(header(1, "x-session"), header(2, "x-session"));
    assert_eq!(header(2, "x-session"), header(3, "x-session"));
    assert_eq!(header(1, "authorization"), header(2, "authorization"));
    assert_ne!(header(2, "authorization"), header(3, "authorization"));
    // The session is not considered rejected.
    fixture.api.reject_next(1);
    assert_eq!(status(client.call(call).await), 200);
    assert_eq!((fixture.auth.token_requests(), opened.load(Ordering::SeqCst)), (3, 4));
}

pub async fn with_a_session_token_permanent_401s_cause_few_renewals<S: TestClient>() {
    let fixture = Fixture::new();
    let (requirement, opened) = with_session(&fixture);
    let client: S = fixture.client(requirement);
    let call = Call::get(fixture.api.url("/always-401"));
    assert_eq!(status(client.call(call.clone()).await), 401);
    assert_eq!(
        fixture.api.requests().len(),
        3,
        "the session is renewed, then the token"
    );
    for _ in 0..60 {
        assert_eq!(status(client.call(call.clone()).await), 401);
    }
    let renewed = (fixture.auth.token_requests(), opened.load(Ordering::SeqCst));
    assert!(renewed.0 <= 3 && renewed.1 <= 3, "{renewed:?}");
}

pub async fn a_buffered_body_is_replayed<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    let body = Bytes::from("x".repeat(20_000));
    fixture.api.reject_next(1);
    let call = Call::post(fixture.api.url("/echo"), Body::Buffered(body.clone()));
    let response = client.call(call).await.expect("a response");
    assert_eq!((response.status, response.body), (200, body.clone()));
    let requests = fixture.api.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.body == body));
}

pub async fn a_large_streaming_body_is_not_replayed<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    fixture.api.reject_next(1);
    let body = Body::Stream(Bytes::from("x".repeat(200_000)));
    assert_eq!(
        status(client.call(Call::post(fixture.api.url("/echo"), body)).await),
        401
    );
    assert_eq!(fixture.api.requests().len(), 1);
    // The next call still fetches a new token.
    assert_eq!(status(client.call(Call::get(fixture.api.url("/books"))).await), 200);
    assert_eq!(fixture.auth.token_requests(), 2);
}

pub async fn manual_mode_renews_nothing<S: TestClient>() {
    let fixture = Fixture::new();
    let manual = fixture.builder().manual().build(Transport::default());
    let manual = manual.expect("a manager");
    let without_token: S = fixture.client(manual.clone());
    let failure = without_token
        .call(Call::get(fixture.api.url("/books")))
        .await
        .expect_err("no token");
    assert!(
        matches!(failure.error, Some(evergrant::Error::NotAuthorized(_))),
        "{}",
        failure.text
    );
    assert!(fixture.api.requests().is_empty());

    let token = manual.fetch_token().await.expect("a token");
    let client: S = fixture.client(manual.with_token(token).expect("a manager"));
    assert_eq!(status(client.call(Call::get(fixture.api.url("/books"))).await), 200);
    fixture.auth.revoke_all();
    assert_eq!(status(client.call(Call::get(fixture.api.url("/books"))).await), 401);
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (2, 1));
}
