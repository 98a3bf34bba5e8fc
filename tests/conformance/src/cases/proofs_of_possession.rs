//! Requests with proofs of possession.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use evergrant::error::CallbackKind;
use evergrant::scheme::{ApiKey, OAuth};
use evergrant::{Error, Requirement, Token, TokenManager};
use evergrant_reqwest::Transport;

use crate::fake_proof_of_possession::{PROOF, ProofApi, ToyProof};
use crate::fixture::{Fixture, status};
use crate::test_client::{Body, Call, TestClient};

/// A manager with tokens `token-1`, `token-2` and so on, and the number of issued tokens.
fn with_proof(fixture: &Fixture, proof: ToyProof) -> (TokenManager, Arc<AtomicUsize>) {
    let issued = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&issued);
    let builder = fixture.builder().proof(proof).token_provider(move |_, _| {
        let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok(Token::new(format!("token-{number}"))) }
    });
    (builder.build(Transport::default()).expect("a manager"), issued)
}

pub async fn each_request_carries_a_new_proof_for_its_method_and_uri<S: TestClient>() {
    let fixture = Fixture::new();
    let api = ProofApi::start(&fixture.api, "token-1");
    let (tokens, issued) = with_proof(&fixture, ToyProof::default());
    let client: S = fixture.client(tokens);
    for path in [
        "/proof-protected",
        "/proof-protected",
        "/proof-protected?page=2&q=a%20b",
    ] {
        assert_eq!(status(client.call(Call::get(fixture.api.url(path))).await), 200);
    }
    let body = Bytes::from("a book");
    let post = Call::post(fixture.api.url("/proof-protected"), Body::Buffered(body.clone()));
    let response = client.call(post).await.expect("a response");
    assert_eq!((response.status, response.body), (200, body));

    // A nonce from any response is used, which saves a request.
    api.rotate_nonce();
    for _ in 0..4 {
        assert_eq!(
            status(client.call(Call::get(fixture.api.url("/proof-protected"))).await),
            200
        );
    }
    assert_eq!((fixture.api.requests().len(), issued.load(Ordering::SeqCst)), (8, 1));
}

pub async fn a_new_nonce_requires_a_new_proof_but_no_new_token<S: TestClient>() {
    let fixture = Fixture::new();
    let api = ProofApi::start(&fixture.api, "token-1");
    let (tokens, issued) = with_proof(&fixture, ToyProof::default());
    let client: S = fixture.client(tokens.clone());
    let body = Bytes::from("x".repeat(20_000));
    for nonce in ["one", "two"] {
        api.set_nonce(nonce);
        fixture.api.reset_records();
        let post = Call::post(fixture.api.url("/proof-protected"), Body::Buffered(body.clone()));
        let response = client.call(post).await.expect("a response");
        assert_eq!((response.status, response.body), (200, body.clone()));
        let requests = fixture.api.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].header("authorization"), Some("Toy token-1"));
        assert_eq!(requests[0].header("authorization"), requests[1].header("authorization"));
    }
    assert_eq!((issued.load(Ordering::SeqCst), tokens.status().rejections), (1, 0));
}

pub async fn nonce_challenges_have_a_retry_limit<S: TestClient>() {
    let fixture = Fixture::new();
    let api = ProofApi::start(&fixture.api, "token-1");
    let (tokens, issued) = with_proof(&fixture, ToyProof::default());
    let client: S = fixture.client(tokens.clone());
    api.always_challenge(true);
    assert_eq!(
        status(client.call(Call::get(fixture.api.url("/proof-protected"))).await),
        401
    );
    assert_eq!(fixture.api.requests().len(), 3, "the request, and two more proofs");
    // The last nonce was stored, and the token is still valid.
    api.always_challenge(false);
    assert_eq!(
        status(client.call(Call::get(fixture.api.url("/proof-protected"))).await),
        200
    );
    assert_eq!(fixture.api.requests().len(), 4);
    assert_eq!((issued.load(Ordering::SeqCst), tokens.status().rejections), (1, 0));
}

pub async fn a_rejected_token_is_renewed_with_a_new_proof<S: TestClient>() {
    let fixture = Fixture::new();
    let api = ProofApi::start(&fixture.api, "token-1");
    let (tokens, issued) = with_proof(&fixture, ToyProof::default());
    let client: S = fixture.client(tokens);
    let call = Call::get(fixture.api.url("/proof-protected"));
    assert_eq!(status(client.call(call.clone()).await), 200);
    api.set_token("token-2");
    assert_eq!(status(client.call(call.clone()).await), 200);
    assert_eq!((fixture.api.requests().len(), issued.load(Ordering::SeqCst)), (3, 2));
    // Both are rejected, first the nonce and then the token. Each has a separate limit.
    api.set_token("token-3");
    api.set_nonce("another");
    assert_eq!(status(client.call(call).await), 200);
    assert_eq!((fixture.api.requests().len(), issued.load(Ordering::SeqCst)), (6, 3));
}

pub async fn the_proof_covers_the_uri_with_the_query_key<S: TestClient>() {
    let fixture = Fixture::new();
    let api = ProofApi::start(&fixture.api, "token-1");
    let (tokens, issued) = with_proof(&fixture, ToyProof::default());
    let key = ApiKey::in_query("apiKey", "api-key").and_then(|key| key.with_key("a b&c"));
    let header = ApiKey::in_header("apiHeader", "x-key").and_then(|key| key.with_key("not-a-real-key"));
    let requirement = Requirement::of(OAuth::new("oauth").with_tokens(tokens))
        .and(key.expect("a key"))
        .and(header.expect("a key"))
        .build();
    let client: S = fixture.client(requirement.expect("a requirement"));
    let call = Call::get(fixture.api.url("/proof-protected?page=2"));
    assert_eq!(status(client.call(call.clone()).await), 200);
    api.set_nonce("another");
    api.set_token("token-2");
    assert_eq!(status(client.call(call).await), 200);
    let requests = fixture.api.requests();
    assert_eq!((requests.len(), issued.load(Ordering::SeqCst)), (4, 2));
    for request in requests {
        assert_eq!(request.query.as_deref(), Some("page=2&api-key=a%20b%26c"));
        assert_eq!(request.header("x-key"), Some("not-a-real-key"));
    }
}

pub async fn a_large_streaming_body_is_not_repeated_for_a_proof<S: TestClient>() {
    let fixture = Fixture::new();
    let api = ProofApi::start(&fixture.api, "token-1");
    let (tokens, issued) = with_proof(&fixture, ToyProof::default());
    let client: S = fixture.client(tokens);
    api.set_nonce("another");
    let body = Body::Stream(Bytes::from("x".repeat(200_000)));
    let post = Call::post(fixture.api.url("/proof-protected"), body);
    assert_eq!(status(client.call(post).await), 401);
    assert_eq!(
        status(client.call(Call::get(fixture.api.url("/proof-protected"))).await),
        200
    );
    assert_eq!((fixture.api.requests().len(), issued.load(Ordering::SeqCst)), (2, 1));
}

pub async fn a_failed_proof_sends_nothing<S: TestClient>() {
    let fixture = Fixture::new();
    let (tokens, _) = with_proof(&fixture, ToyProof::failing());
    let client: S = fixture.client(tokens);
    let failure = client.call(Call::get(fixture.api.url("/proof-protected"))).await;
    let failure = failure.expect_err("no proof");
    match &failure.error {
        Some(Error::Callback(error)) => assert_eq!(error.kind(), CallbackKind::Proof),
        other => panic!("{other:?}: {}", failure.text),
    }
    assert!(failure.text.starts_with("GET "), "{}", failure.text);
    assert!(fixture.api.requests().is_empty());
}

pub async fn bearer_tokens_carry_no_proof<S: TestClient>() {
    let fixture = Fixture::new();
    let client: S = fixture.client(fixture.tokens());
    fixture.api.reject_next(1);
    assert_eq!(status(client.call(Call::get(fixture.api.url("/books"))).await), 200);
    for request in fixture.api.requests() {
        assert!(request.header(PROOF.as_str()).is_none());
        assert!(
            request
                .header("authorization")
                .is_some_and(|value| value.starts_with("Bearer "))
        );
    }
    assert_eq!(fixture.auth.token_requests(), 2);
}
