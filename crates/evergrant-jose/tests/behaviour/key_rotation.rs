//! Key files that change while many callers use them.

use std::time::Duration;

use evergrant::TokenManager;
use evergrant_jose::{Algorithm, PrivateKey, PrivateKeyJwt};
use evergrant_testing::LogCapture;

use crate::support::{CLIENT, Fixture, Folder, assertion, key};

fn pem(key: &PrivateKey) -> String {
    key.to_pem().unwrap().expose().to_owned()
}

fn jwks(keys: &[&PrivateKey]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| key.public_jwk()).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// The file is replaced before the server learns the new key, which it learns before it forgets the old one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_call_of_fifty_callers_fails_while_the_key_changes_ten_times() {
    let (mut current, folder) = (key(Algorithm::Es256), Folder::new());
    let fixture = Fixture::with_key(&current);
    fixture.auth.lifetime(Duration::from_secs(60));
    let tokens = fixture.tokens(PrivateKeyJwt::from_file(folder.write("key.pem", &pem(&current))));
    for _ in 0..10 {
        let next = key(Algorithm::Es256);
        call_during(&fixture, &tokens, || drop(folder.write("key.pem", &pem(&next)))).await;
        call_during(&fixture, &tokens, || ()).await;
        let both = jwks(&[&current, &next]);
        call_during(&fixture, &tokens, || fixture.auth.set_client_keys(CLIENT, &both)).await;
        let new = jwks(&[&next]);
        call_during(&fixture, &tokens, || fixture.auth.set_client_keys(CLIENT, &new)).await;
        current = next;
    }
    assert_eq!(fixture.auth.tokens_granted(), 40);
    // Only the new key that the server did not know yet was rejected.
    let rejections = fixture.auth.rejected_assertions();
    assert!(
        rejections.iter().all(|reason| *reason == "the signature is wrong"),
        "{rejections:?}"
    );
}

/// Lets the token expire, and makes fifty calls while something changes.
async fn call_during(fixture: &Fixture, tokens: &TokenManager, change: impl FnOnce()) {
    fixture.clock.advance(Duration::from_secs(60));
    let call = |tokens: TokenManager| tokio::spawn(async move { tokens.token().await.map(drop) });
    let calls: Vec<_> = (0..50).map(|_| call(tokens.clone())).collect();
    change();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_replaced_key_is_used_at_the_next_attempt_and_the_previous_one_only_after_a_rejection() {
    let (old, new, folder) = (key(Algorithm::Es256), key(Algorithm::EdDsa), Folder::new());
    let fixture = Fixture::start(|server| server.client_keys(CLIENT, &jwks(&[&old, &new])));
    let tokens = fixture.tokens(PrivateKeyJwt::from_file(folder.write("key.pem", &pem(&old))));
    let algorithms = || -> Vec<String> {
        let requests = fixture.auth.requests();
        requests
            .iter()
            .map(|request| assertion(request).0["alg"].as_str().unwrap().to_owned())
            .collect()
    };
    tokens.fetch_token().await.unwrap();
    folder.write("key.pem", &pem(&new));
    tokens.fetch_token().await.unwrap();
    assert_eq!(algorithms(), ["ES256", "EdDSA"]);
    fixture.auth.set_client_keys(CLIENT, &jwks(&[&old]));
    tokens.fetch_token().await.unwrap();
    assert_eq!(algorithms()[2..], ["EdDSA", "ES256"]);
}

#[tokio::test]
async fn the_previous_key_is_forgotten_after_an_hour() {
    let (old, new, folder) = (key(Algorithm::Es256), key(Algorithm::EdDsa), Folder::new());
    let fixture = Fixture::with_key(&old);
    let tokens = fixture.tokens(PrivateKeyJwt::from_file(folder.write("key.pem", &pem(&old))));
    tokens.fetch_token().await.unwrap();
    folder.write("key.pem", &pem(&new));
    tokens.fetch_token().await.unwrap();
    fixture.clock.advance(Duration::from_secs(3599));
    tokens.fetch_token().await.unwrap();
    fixture.clock.advance(Duration::from_secs(1));
    tokens.fetch_token().await.unwrap_err();
}

#[tokio::test]
async fn a_file_that_is_half_written_or_missing_leaves_the_last_key_in_use() {
    let (key, folder) = (key(Algorithm::Es256), Folder::new());
    let fixture = Fixture::with_key(&key);
    let whole = pem(&key);
    let logs = LogCapture::new();
    let _guard = logs.install();
    let file = folder.write("key.pem", &whole);
    let tokens = fixture.tokens(PrivateKeyJwt::from_file(&file));
    tokens.fetch_token().await.unwrap();
    for content in ["", &whole[..whole.len() / 2], "{\"kty\":"] {
        folder.write("key.pem", content);
        tokens.fetch_token().await.unwrap();
    }
    std::fs::remove_file(&file).unwrap();
    tokens.fetch_token().await.unwrap();
    assert_eq!(logs.by_name("evergrant.key_file_ignored").len(), 4);
}

#[tokio::test]
async fn a_key_that_the_server_rejected_is_not_sent_again_until_the_file_changes() {
    let (unknown, known, folder) = (key(Algorithm::Es256), key(Algorithm::Es256), Folder::new());
    let fixture = Fixture::with_key(&known);
    let tokens = fixture.tokens(PrivateKeyJwt::from_file(folder.write("key.pem", &pem(&unknown))));
    for _ in 0..3 {
        tokens.token().await.unwrap_err();
    }
    assert_eq!(fixture.auth.token_requests(), 1);
    folder.write("key.pem", &pem(&known));
    tokens.token().await.unwrap();
}
