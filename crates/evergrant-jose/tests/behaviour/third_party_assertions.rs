//! Assertions that somebody else signs: a Kubernetes cluster, SPIFFE, a function.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant::client_auth::ClientAssertion;
use evergrant::runtime::Runtime as _;
use evergrant::{Error, Secret};
use evergrant_jose::{Algorithm, PrivateKey, Signer as _};
use evergrant_testing::MockResponse;
use serde_json::json;

use crate::support::{CLIENT, Fixture, Folder, key};

const CLUSTER: &str = "https://kubernetes.default.svc";
const SUBJECT: &str = "system:serviceaccount:shop:orders";
const SPIFFE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

/// Signs a token as a cluster does: with an id that a client does not set.
async fn projected(cluster: &PrivateKey, audience: &str, now: SystemTime) -> String {
    let now = now.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({"iss": CLUSTER, "sub": SUBJECT, "aud": [audience], "iat": now, "nbf": now, "exp": now + 600});
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(json!({"alg": "ES256"})), part(claims));
    let signature = cluster.sign(message.as_bytes()).await.unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn federated(cluster: &PrivateKey, assertion_type: Option<&str>) -> Fixture {
    let jwk = cluster.public_jwk();
    Fixture::start(|server| server.federated_client(CLIENT, (CLUSTER, SUBJECT), &jwk, assertion_type))
}

#[tokio::test]
async fn a_projected_token_is_read_at_each_attempt_without_a_restart() {
    let (cluster, folder) = (key(Algorithm::Es256), Folder::new());
    let fixture = federated(&cluster, None);
    let file = folder.path("token");
    let tokens = fixture.tokens(ClientAssertion::from_file(&file));
    let error = tokens.token().await.unwrap_err().to_string();
    assert!(
        error.contains("token") && error.contains("check that the platform writes one assertion to it"),
        "{error}"
    );
    for _ in 0..3 {
        folder.write(
            "token",
            &(projected(&cluster, &fixture.auth.issuer(), fixture.clock.now().wall()).await + "\n"),
        );
        tokens.fetch_token().await.unwrap();
        // The token in the file expires, and the cluster replaces it before.
        fixture.clock.advance(Duration::from_secs(3000));
    }
    assert_eq!(fixture.auth.rejected_assertions(), [""; 0]);
}

#[tokio::test]
async fn a_token_that_was_replaced_between_two_attempts_is_used_by_the_second() {
    let (cluster, folder) = (key(Algorithm::Es256), Folder::new());
    let fixture = federated(&cluster, None);
    let file = folder.write("token", "stale.token.of-the-platform");
    let tokens = fixture.tokens(ClientAssertion::from_file(file));
    fixture.auth.next(MockResponse::new(503));
    let held = fixture.auth.hold();
    let fetch = tokio::spawn(async move { tokens.token().await.map(drop) });
    fixture.auth.wait_for_token_requests(1).await;
    let token = projected(&cluster, &fixture.auth.issuer(), fixture.clock.now().wall()).await;
    folder.write("token", &token);
    drop(held);
    fetch.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_rejected_token_is_tried_again_as_soon_as_the_file_changes() {
    let (cluster, folder) = (key(Algorithm::Es256), Folder::new());
    let fixture = federated(&cluster, None);
    let file = folder.write("token", "e30.e30.AAAA");
    let tokens = fixture.tokens(ClientAssertion::from_file(file));
    tokens.token().await.unwrap_err();
    tokens.token().await.unwrap_err();
    assert_eq!(fixture.auth.token_requests(), 1, "the same token is not sent again");
    folder.write(
        "token",
        &projected(&cluster, &fixture.auth.issuer(), fixture.clock.now().wall()).await,
    );
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn a_spiffe_svid_has_its_own_type_and_the_client_id_is_left_out() {
    let (cluster, folder) = (key(Algorithm::Es256), Folder::new());
    let fixture = federated(&cluster, Some(SPIFFE));
    let token = projected(&cluster, &fixture.auth.issuer(), fixture.clock.now().wall()).await;
    let file = folder.write("svid.jwt", &token);
    let auth = ClientAssertion::from_file(&file)
        .assertion_type(SPIFFE)
        .without_client_id();
    let request = fixture.accepts(auth).await;
    assert_eq!(request.form_value("client_id"), None);
    assert_eq!(request.form_value("client_assertion_type").as_deref(), Some(SPIFFE));
    fixture
        .rejects(
            ClientAssertion::from_file(file),
            "client_assertion_type is not the client's",
        )
        .await;
}

#[tokio::test]
async fn a_function_returns_the_assertion_for_each_attempt() {
    let cluster = key(Algorithm::Es256);
    let fixture = federated(&cluster, None);
    let token = Arc::new(Mutex::new(String::new()));
    let calls = Arc::new(AtomicUsize::new(0));
    let (current, count) = (Arc::clone(&token), Arc::clone(&calls));
    let auth = ClientAssertion::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        let current = current.lock().unwrap().clone();
        async move {
            match current.is_empty() {
                true => Err(Error::assertion("the platform is not ready")),
                false => Ok(Secret::new(current)),
            }
        }
    });
    let tokens = fixture.tokens(auth);
    let error = tokens.token().await.unwrap_err().to_string();
    assert!(error.contains("the platform is not ready"), "{error}");
    // Shortly after a failure, a fetch makes one attempt.
    fixture.clock.advance(Duration::from_secs(60));
    *token.lock().unwrap() = projected(&cluster, &fixture.auth.issuer(), fixture.clock.now().wall()).await;
    fixture.auth.next(MockResponse::new(503));
    tokens.token().await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 3, "one failure, and two attempts");
}

#[tokio::test]
async fn a_file_that_is_no_assertion_is_an_error_before_anything_is_sent() {
    let folder = Folder::new();
    let fixture = federated(&key(Algorithm::Es256), None);
    for (content, problem) in [
        (String::new(), "is empty"),
        ("two words".to_owned(), "more than one line or word"),
        ("x".repeat(64 * 1024 + 1), "larger than 64 KiB"),
    ] {
        let tokens = fixture.tokens(ClientAssertion::from_file(folder.write("token", &content)));
        let error = tokens.token().await.unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("token"), "{error}");
    }
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[test]
fn the_assertion_type_is_a_uri() {
    let fixture = federated(&key(Algorithm::Es256), None);
    let auth = ClientAssertion::from_file("token").assertion_type("jwt-bearer");
    let error = fixture
        .builder(auth)
        .build(evergrant_reqwest::Transport::default())
        .unwrap_err();
    assert!(error.to_string().contains("absolute URI"), "{error}");
}

#[tokio::test]
async fn a_source_that_always_returns_a_new_assertion_is_not_called_while_a_rejection_is_recent() {
    let fixture = federated(&key(Algorithm::Es256), None);
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let tokens = fixture.tokens(ClientAssertion::new(move || {
        let number = count.fetch_add(1, Ordering::SeqCst);
        async move { Ok(Secret::new(format!("e30.e30.AAA{number}"))) }
    }));
    for _ in 0..10 {
        tokens.token().await.unwrap_err();
    }
    assert_eq!((calls.load(Ordering::SeqCst), fixture.auth.token_requests()), (1, 1));
    fixture.clock.advance(Duration::from_secs(60));
    tokens.token().await.unwrap_err();
    assert_eq!((calls.load(Ordering::SeqCst), fixture.auth.token_requests()), (2, 2));
}

#[test]
fn a_client_without_an_id_shares_tokens_only_if_its_subject_is_known() {
    let fixture = federated(&key(Algorithm::Es256), None);
    let svid = || ClientAssertion::from_file("/not/there").without_client_id();
    let build = |auth: ClientAssertion| {
        let builder = fixture.builder(auth).store(evergrant::store::MemoryStore::new());
        builder.build(evergrant_reqwest::Transport::default())
    };
    let error = build(svid()).unwrap_err().to_string();
    assert!(error.contains("name it with subject(..)"), "{error}");
    build(svid().subject("spiffe://example.org/orders")).unwrap();
}
