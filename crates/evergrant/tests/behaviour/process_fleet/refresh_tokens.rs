//! Single-use refresh tokens: none is sent twice, and none is lost.

use std::time::Duration;

use evergrant::{Password, TokenManager};
use evergrant_testing::RefreshTokens;

use super::support::{CLIENT, Fixture, Mode, SECRET, common_token, seconds};

fn fixture() -> Fixture {
    Fixture::with(|server| {
        let server = server.user("jane", "not-a-real-password");
        server.refresh_tokens(RefreshTokens::Rotating)
    })
}

fn process(fixture: &Fixture) -> TokenManager {
    let password = Password::new("jane", "not-a-real-password").builder(CLIENT, SECRET);
    fixture.build(fixture.configured(password))
}

/// Returns the refresh tokens that the server received.
fn sent_refresh_tokens(fixture: &Fixture) -> Vec<String> {
    let requests = fixture.auth.requests();
    let sent_refresh_tokens = requests
        .iter()
        .filter_map(|request| request.form_value("refresh_token"));
    sent_refresh_tokens.map(|token| token.to_string()).collect()
}

fn assert_distinct(fixture: &Fixture, expected: usize) {
    let mut distinct = sent_refresh_tokens(fixture);
    distinct.sort();
    distinct.dedup();
    assert_eq!(
        (sent_refresh_tokens(fixture).len(), distinct.len()),
        (expected, expected)
    );
}

#[tokio::test]
async fn an_unsaved_refresh_token_is_not_replaced_by_an_older_one() {
    let fixture = fixture();
    let process = process(&fixture);
    process.token().await.unwrap();
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let process = process.clone();
        async move { process.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    fixture.store.set_mode(Mode::Failing);
    hold.release();
    call.await.unwrap().unwrap();
    fixture.store.set_mode(Mode::Normal);
    fixture.clock.advance(seconds(3600));
    process.token().await.unwrap();
    assert_distinct(&fixture, 2);
    // The fleet shares it from now on.
    fixture.clock.advance(seconds(3600));
    self::process(&fixture).token().await.unwrap();
    assert_distinct(&fixture, 3);
}

#[tokio::test]
async fn without_the_store_a_shared_refresh_token_is_not_used() {
    let fixture = fixture();
    let processes = [process(&fixture), process(&fixture), process(&fixture)];
    common_token(&processes).await;
    fixture.store.set_mode(Mode::Failing);
    for round in 0..3 {
        fixture.clock.advance(seconds(3600));
        for process in processes.clone() {
            let call = tokio::spawn(async move { process.token().await });
            fixture
                .advance_until(Duration::from_millis(50), || call.is_finished())
                .await;
            call.await.unwrap().unwrap();
        }
        // Refresh tokens fetched without the store belong to one process.
        assert_distinct(&fixture, 3 * round);
    }
}

#[tokio::test]
async fn a_refresh_completes_after_its_manager_is_dropped() {
    let fixture = fixture();
    process(&fixture).token().await.unwrap();
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let dropped = process(&fixture);
    let call = tokio::spawn(async move { dropped.token().await });
    fixture.auth.wait_for_token_requests(2).await;
    call.abort();
    let _ = call.await;
    hold.release();
    fixture.clock.settle().await;
    let next = process(&fixture);
    let call = tokio::spawn(async move { next.token().await });
    fixture
        .advance_until(Duration::from_millis(100), || call.is_finished())
        .await;
    call.await.unwrap().unwrap();
    assert_eq!(fixture.requests(), 2, "the new token is saved");
    assert_distinct(&fixture, 1);
}
