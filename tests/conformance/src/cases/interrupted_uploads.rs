//! Uploads whose connection breaks before a response.

use bytes::Bytes;

use crate::fixture::{Fixture, status};
use crate::test_client::{Body, Call, Failure, Setup, TestClient};
use crate::upload_server::UploadServer;

/// More than the buffers of a connection.
const BODY: &[u8] = &[b'x'; 16 * 1024 * 1024];

async fn start<S: TestClient>() -> (Fixture, UploadServer, S, Call) {
    let (fixture, server) = (Fixture::new(), UploadServer::start().await);
    let setup = Setup {
        base_url: server.url().to_owned(),
        ..fixture.setup()
    };
    let client = S::build(fixture.tokens().into(), &setup);
    let call = Call::post(server.url(), Body::Buffered(Bytes::from_static(BODY)));
    assert_eq!(status(client.call(call.clone()).await), 200);
    (fixture, server, client, call)
}

async fn interrupted<S: TestClient>(client: &S, call: &Call) -> Failure {
    client.call(call.clone()).await.expect_err("no response")
}

pub async fn two_interrupted_uploads_renew_the_token<S: TestClient>() {
    let (fixture, server, client, call) = start::<S>().await;
    server.reject_last();
    for _ in 0..2 {
        let failure = interrupted(&client, &call).await;
        assert_ne!(failure.is_retryable, Some(false), "{}", failure.text);
    }
    assert_eq!(status(client.call(call).await), 200);
    assert_eq!((server.requests(), fixture.auth.token_requests()), (4, 2));
}

pub async fn uploads_that_always_break_renew_one_token<S: TestClient>() {
    let (fixture, server, client, call) = start::<S>().await;
    server.reject_all(true);
    for _ in 0..3 {
        let failure = interrupted(&client, &call).await;
        assert_ne!(failure.is_retryable, Some(false), "{}", failure.text);
    }
    for _ in 0..6 {
        let failure = interrupted(&client, &call).await;
        assert_eq!(failure.is_retryable, Some(false), "{}", failure.text);
        assert!(failure.text.contains("with a new token too"), "{}", failure.text);
    }
    // Other requests show nothing about uploads.
    assert_eq!(status(client.call(Call::get(server.url())).await), 200);
    for _ in 0..2 {
        interrupted(&client, &call).await;
    }
    assert_eq!(fixture.auth.token_requests(), 2);
    server.reject_all(false);
    assert_eq!(status(client.call(call.clone()).await), 200);
    server.reject_last();
    for _ in 0..2 {
        interrupted(&client, &call).await;
    }
    assert_eq!(status(client.call(call).await), 200);
    assert_eq!(fixture.auth.token_requests(), 3);
}

pub async fn a_response_between_two_interrupted_uploads_keeps_the_token<S: TestClient>() {
    let (fixture, server, client, call) = start::<S>().await;
    for _ in 0..3 {
        server.reject_all(true);
        interrupted(&client, &call).await;
        server.reject_all(false);
        assert_eq!(status(client.call(call.clone()).await), 200);
    }
    assert_eq!(fixture.auth.token_requests(), 1);
}
