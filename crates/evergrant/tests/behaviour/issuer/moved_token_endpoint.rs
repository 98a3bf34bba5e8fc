//! The token endpoint moves while the program runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use evergrant::client_auth::PublicClient;
use evergrant::{AuthorizationCode, ClientCredentials, SignIn, Token};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, Fault, MockResponse};

use super::tokens;
use crate::support::{CLIENT, Fixture, SECRET, call_concurrently, seconds};

#[tokio::test]
async fn a_token_endpoint_that_has_moved_is_found_within_the_fetch() {
    let fixture = Fixture::new();
    let tokens = tokens(&fixture);
    tokens.token().await.unwrap();
    fixture.auth.move_token_endpoint("/elsewhere/token");
    fixture.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(
        (
            fixture.auth.tokens_granted(),
            fixture.auth.last_token_request().path.as_str()
        ),
        (2, "/elsewhere/token")
    );
}

#[tokio::test]
async fn no_call_of_fifty_callers_fails_while_the_endpoint_moves_ten_times() {
    let fixture = Fixture::new();
    let tokens = tokens(&fixture);
    for number in 0..10 {
        let calls = call_concurrently(50, || {
            let tokens = tokens.clone();
            async move { tokens.token().await.map(drop) }
        });
        fixture.auth.move_token_endpoint(&format!("/token-{number}"));
        for outcome in calls.await {
            outcome.unwrap();
        }
        fixture.clock.advance(seconds(3600));
    }
    assert_eq!(fixture.auth.tokens_granted(), 10);
}

#[tokio::test]
async fn a_token_endpoint_that_redirects_or_is_not_reachable_may_have_moved() {
    for fault in [
        Fault::from(MockResponse::new(308).header("location", "/elsewhere")),
        MockResponse::new(410).into(),
        Fault::Disconnect,
    ] {
        let fixture = Fixture::new();
        let tokens = tokens(&fixture);
        tokens.server_metadata().await.unwrap();
        let other = AuthServer::builder().client(CLIENT, SECRET).start();
        fixture.auth.always(fault);
        fixture
            .auth
            .metadata_with("token_endpoint", &format!("\"{}\"", other.token_url()));
        tokens.token().await.unwrap();
        assert_eq!(other.tokens_granted(), 1);
    }
}

#[tokio::test]
async fn a_failure_that_does_not_suggest_a_move_renews_nothing() {
    for fault in [
        MockResponse::new(400),
        MockResponse::new(401),
        MockResponse::new(500),
        MockResponse::new(503),
    ] {
        let fixture = Fixture::new();
        let tokens = tokens(&fixture);
        fixture.auth.next(fault);
        tokens.token().await.unwrap_err();
        assert_eq!((fixture.auth.metadata_requests(), fixture.requests()), (1, 1));
    }
}

#[tokio::test]
async fn a_request_is_repeated_only_if_the_metadata_has_changed() {
    let fixture = Fixture::new();
    let tokens = tokens(&fixture);
    fixture.auth.next(MockResponse::new(404));
    tokens.token().await.unwrap_err();
    assert_eq!((fixture.auth.metadata_requests(), fixture.requests()), (2, 1));
    // Its loss is survived here too.
    fixture.auth.metadata_always(MockResponse::new(500));
    fixture.clock.advance(seconds(60));
    fixture.auth.next(MockResponse::new(404));
    tokens.token().await.unwrap_err();
    fixture.clock.advance(seconds(60));
    tokens.token().await.unwrap();
}

/// A refresh token of which the server may have used up the request is not sent again.
#[tokio::test]
async fn a_single_use_request_is_not_repeated_after_a_lost_response() {
    let fixture = Fixture::with(|server| {
        server
            .public_client("app")
            .redirect_uri("app", "http://127.0.0.1/callback")
    });
    let other = AuthServer::builder().public_client("app").start();
    let stored = Token::new("expired")
        .with_refresh_token("rotating")
        .with_expires_in(seconds(0));
    let tokens = AuthorizationCode::builder("app", PublicClient)
        .issuer(fixture.auth.issuer())
        .runtime(fixture.clock.clone())
        .token(stored)
        .build(Transport::default())
        .unwrap();
    tokens.server_metadata().await.unwrap();
    fixture
        .auth
        .metadata_with("token_endpoint", &format!("\"{}\"", other.token_url()));
    fixture.auth.next(Fault::Disconnect);
    tokens.token().await.unwrap_err();
    assert_eq!((fixture.requests(), other.token_requests()), (1, 0));
}

#[tokio::test]
async fn a_code_is_redeemed_at_the_new_endpoint() {
    let fixture = Fixture::with(|server| {
        let server = server
            .public_client("app")
            .redirect_uri("app", "http://127.0.0.1/callback");
        server.user("jane", "not-a-real-password")
    });
    let tokens = AuthorizationCode::builder("app", PublicClient)
        .issuer(fixture.auth.issuer())
        .redirect_uri("http://127.0.0.1/callback")
        .runtime(fixture.clock.clone())
        .build(Transport::default())
        .unwrap();
    tokens.server_metadata().await.unwrap();
    let sign_in: SignIn = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    fixture.auth.move_token_endpoint("/elsewhere/token");
    sign_in.finish(&request, &redirect).await.unwrap();
}

/// Rotation: 50 callers on several threads while the endpoint moves ten times. No call fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_call_fails_while_the_token_endpoint_moves() {
    let fixture = Fixture::new();
    let tokens = ClientCredentials::builder(CLIENT, SECRET).issuer(fixture.auth.issuer());
    let tokens = tokens.retries(0).build(Transport::default()).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let (tokens, stop) = (tokens.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    // Each call sends a token request.
                    tokens.fetch_token().await.unwrap();
                }
            })
        })
        .collect();
    for at in 0..10 {
        let granted = fixture.auth.tokens_granted();
        fixture.auth.move_token_endpoint(&format!("/token/{at}"));
        fixture
            .wait_until(|| fixture.auth.tokens_granted() > granted + 50)
            .await;
    }
    stop.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.unwrap();
    }
}
