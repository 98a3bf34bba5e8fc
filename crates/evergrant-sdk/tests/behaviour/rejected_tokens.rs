//! Responses that mean that the token is no longer valid.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use evergrant_sdk::{Core, Expect, Status, Untyped, decode};
use evergrant_testing::MockResponse;

use crate::support::{Fixture, api};

async fn status(core: &Core) -> u16 {
    let responses = [Expect::new(Status::Any, decode::empty)];
    match core.request(&api::LIST_BOOKS).send::<_, Untyped>(&responses, &[]).await {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.status().unwrap().as_u16(),
    }
}

#[tokio::test]
async fn a_bearer_challenge_decides_whether_the_token_is_invalid() {
    for (code, challenge, is_invalid) in [
        (403, r#"Bearer error="invalid_token""#, true),
        (
            400,
            r#"Basic realm="a, b", Bearer realm="x", error=invalid_token"#,
            true,
        ),
        (
            498,
            r#"bearer error="invalid_token", error_description="gone, \"permanently\"""#,
            true,
        ),
        (401, r#"Bearer realm="x""#, true),
        (401, r#"Bearer error="insufficient_scope""#, false),
        (403, r#"Bearer error="insufficient_scope""#, false),
        (403, r#"Bearer error="invalid_token"#, false),
        (419, r#"Basic error="invalid_token""#, false),
    ] {
        let fixture = Fixture::new();
        let core = fixture.core();
        fixture
            .api
            .next(MockResponse::new(code).header("www-authenticate", challenge));
        let expected = if is_invalid { (200, 2) } else { (code, 1) };
        assert_eq!(
            (status(&core).await, fixture.auth.token_requests()),
            expected,
            "{code} {challenge}"
        );
    }
}

#[tokio::test]
async fn renew_when_adds_responses_that_renew_the_token() {
    let fixture = Fixture::new();
    let core = fixture.core_with(|settings| settings.renew_when(|head| head.status() == 419));
    for (code, expected) in [(419, (200, 2)), (403, (403, 2))] {
        fixture.api.next(MockResponse::new(code));
        assert_eq!((status(&core).await, fixture.auth.token_requests()), expected, "{code}");
    }
}

/// Starts a server that closes each connection while it receives a body. Dropping a stream with unread data resets the
/// connection.
async fn start_closing_server() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    address
}

#[tokio::test]
async fn uploads_that_always_break_are_not_retryable_after_a_renewal() {
    const MORE_THAN_BUFFERS: usize = 16 * 1024 * 1024;
    let fixture = Fixture::new();
    let address = start_closing_server().await;
    let core = fixture.core_with(|settings| {
        settings.server(0, format!("http://{address}/"));
    });
    let mut retryable = Vec::new();
    let mut text = String::new();
    for _ in 0..4 {
        let call = core
            .request(&api::UPLOAD)
            .body("text/plain", "x".repeat(MORE_THAN_BUFFERS));
        let responses = [Expect::new(Status::Any, decode::empty)];
        let error = call.send::<(), Untyped>(&responses, &[]).await.unwrap_err();
        retryable.push(error.is_retryable());
        text = error.to_string();
    }
    assert_eq!(retryable, [true, true, true, false], "{text}");
    assert_eq!(text.matches("/upload").count(), 1, "{text}");
    assert!(text.contains("with a new token too"), "{text}");
    assert_eq!(fixture.auth.token_requests(), 2);
}
