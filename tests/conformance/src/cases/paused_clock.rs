//! Applications that pause Tokio's clock in their tests.

use evergrant_testing::MockResponse;

use crate::fixture::{Fixture, status};
use crate::test_client::{Call, TestClient};

pub async fn a_call_under_a_paused_clock_gets_its_token_and_its_response<S: TestClient>() {
    let fixture = Fixture::new();
    let tokens = fixture
        .builder()
        .retries(1)
        .build(evergrant_reqwest::Transport::default());
    let client: S = fixture.client(tokens.expect("a manager"));
    fixture.auth.latency(std::time::Duration::from_millis(50));
    fixture.auth.next(MockResponse::new(503));
    let call = Call::get(fixture.api.url("/books"));
    assert_eq!(status(client.call(call.clone()).await), 200);
    fixture.auth.revoke_all();
    assert_eq!(status(client.call(call).await), 200);
    assert_eq!(fixture.auth.token_requests(), 3);
}
