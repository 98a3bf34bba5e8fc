//! Revocation of a client's token that processes share.

use evergrant::TokenManager;

use super::support::{Fixture, common_token, value};

fn process(fixture: &Fixture) -> TokenManager {
    fixture.build(fixture.builder().revocation_url(fixture.auth.url("/revoke")))
}

#[tokio::test]
async fn a_revoked_token_is_revived_by_no_process() {
    let fixture = Fixture::new();
    let processes: Vec<_> = std::iter::repeat_with(|| process(&fixture)).take(3).collect();
    let first = common_token(&processes).await;
    processes[0].revoke().await.unwrap();
    assert!(!fixture.auth.accepts(&first));
    // A process that starts now finds the record.
    let started = value(&process(&fixture).token().await.unwrap());
    assert_ne!(started, first);
    assert_eq!(value(&processes[0].token().await.unwrap()), started);
    let uses_started = |process: &TokenManager| {
        let mut headers = http::HeaderMap::new();
        process.authorize_now(&mut headers);
        headers
            .get("authorization")
            .is_some_and(|value| value.to_str().unwrap().ends_with(&started))
    };
    fixture.wait_until(|| processes.iter().all(uses_started)).await;
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_process_without_a_token_revokes_the_one_in_the_store() {
    let fixture = Fixture::new();
    let first = value(&process(&fixture).token().await.unwrap());
    process(&fixture).revoke().await.unwrap();
    assert!(!fixture.auth.accepts(&first));
    assert_ne!(value(&process(&fixture).token().await.unwrap()), first);
}
