//! Requests with DPoP proofs (RFC 9449), against servers that verify each proof.

use bytes::Bytes;
use evergrant::TokenManager;
use evergrant_jose::Dpop;
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, AuthServer};

use crate::fixture::{Fixture, send_concurrently, status};
use crate::test_client::{Body, Call, TestClient};

/// Servers that require proofs, and a manager with a key.
fn with_dpop() -> (Fixture, Dpop, TokenManager) {
    let auth = AuthServer::builder().client("client", "not-a-real-secret");
    let auth = auth.require_dpop().start();
    let (api, elsewhere) = (auth.api(), ApiServer::unprotected());
    let fixture = Fixture { auth, api, elsewhere };
    let dpop = Dpop::generate().expect("a key");
    let tokens = fixture.builder().proof(dpop.clone()).build(Transport::default());
    (fixture, dpop, tokens.expect("a manager"))
}

pub async fn a_dpop_proof_covers_the_method_the_uri_and_the_token<S: TestClient>() {
    let (fixture, _, tokens) = with_dpop();
    let client: S = fixture.client(tokens);
    for path in ["/books", "/books", "/books?page=2&q=a%20b"] {
        assert_eq!(status(client.call(Call::get(fixture.api.url(path))).await), 200);
    }
    let body = Bytes::from("a book");
    let post = Call::post(fixture.api.url("/echo"), Body::Buffered(body.clone()));
    assert_eq!(client.call(post).await.expect("a response").body, body);
    assert!(fixture.auth.rejected_proofs().is_empty() && fixture.api.rejected_proofs().is_empty());
    assert_eq!(fixture.auth.token_requests(), 1);
}

pub async fn a_dpop_nonce_of_any_response_is_used_at_its_server<S: TestClient>() {
    let (fixture, _, tokens) = with_dpop();
    let client: S = fixture.client(tokens.clone());
    fixture.auth.rotate_dpop_nonce();
    for (path, expected, requests) in [("/books", 200, 2), ("/status/503", 503, 2), ("/books", 200, 2)] {
        fixture.api.reset_records();
        fixture.api.rotate_dpop_nonce();
        assert_eq!(status(client.call(Call::get(fixture.api.url(path))).await), expected);
        assert_eq!(fixture.api.requests().len(), requests, "{path}");
    }
    fixture.api.reset_records();
    assert_eq!(status(client.call(Call::get(fixture.api.url("/books"))).await), 200);
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (1, 2));
    assert_eq!(tokens.status().rejections, 0);
}

pub async fn a_rejected_dpop_token_and_a_new_nonce_have_separate_limits<S: TestClient>() {
    let (fixture, dpop, tokens) = with_dpop();
    let client: S = fixture.client(tokens);
    let call = Call::get(fixture.api.url("/books"));
    assert_eq!(status(client.call(call.clone()).await), 200);
    fixture.auth.revoke_all();
    fixture.api.rotate_dpop_nonce();
    dpop.replace_key(evergrant_jose::PrivateKey::generate(evergrant_jose::Algorithm::EdDsa).expect("a key"))
        .expect("a key");
    assert_eq!(status(client.call(call).await), 200);
    assert_eq!(fixture.auth.token_requests(), 2);
    let used = |request: &evergrant_testing::RecordedRequest| request.header("dpop").map(str::to_owned);
    let mut proofs: Vec<_> = fixture.api.requests().iter().filter_map(used).collect();
    let sent = proofs.len();
    proofs.sort();
    proofs.dedup();
    assert_eq!(proofs.len(), sent, "each attempt has a new proof");
}

pub async fn dpop_calls_at_the_same_time_have_different_proofs<S: TestClient>() {
    let (fixture, _, tokens) = with_dpop();
    let client: S = fixture.client(tokens);
    fixture.auth.rotate_dpop_nonce();
    let statuses = send_concurrently(30, &client, &Call::get(fixture.api.url("/books"))).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert!(fixture.api.rejected_proofs().is_empty());
    assert_eq!(fixture.auth.token_requests(), 2);
}
