//! Requests that are repeated while a user's approval is pending (RFC 8628 section 3.5).

use std::time::Duration;

use evergrant::error::TransportErrorKind;
use evergrant::runtime::BoxFuture;
use evergrant::{Error, Grant, GrantRequest, Token, TokenManager, TokenRequestContext};
use evergrant_testing::ManualClock;
use tokio::task::JoinHandle;

use crate::scripted_transport::{Reply, ScriptedTransport, failure, json, token, with_header};
use crate::support::{CLIENT, SECRET, seconds, value};

/// A grant whose requests a user approves.
#[derive(Debug)]
pub(crate) struct Device;

impl Grant for Device {
    fn name(&self) -> &str {
        "device"
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        unreachable!("only approved requests are sent")
    }

    fn needs_user(&self) -> bool {
        true
    }
}

fn pending() -> Reply {
    json(400, r#"{"error":"authorization_pending"}"#)
}

fn pending_with_retry_after(seconds: &str) -> Reply {
    with_header(pending(), "retry-after", seconds)
}

fn interrupted() -> Reply {
    failure(TransportErrorKind::Interrupted)
}

struct Fixture {
    clock: ManualClock,
    transport: ScriptedTransport,
    tokens: TokenManager,
}

impl Fixture {
    fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let clock = ManualClock::new();
        let transport = ScriptedTransport::new(replies);
        let tokens = TokenManager::builder(Device, CLIENT, SECRET)
            .token_url("https://auth.example.com/token")
            .runtime(clock.clone())
            .build(transport.clone())
            .unwrap();
        Self {
            clock,
            transport,
            tokens,
        }
    }

    /// Redeems a request that is polled with this pause, until this limit.
    async fn redeem(&self, pause: Duration, limit: Duration) -> JoinHandle<Result<Token, Error>> {
        let request = GrantRequest::new("urn:ietf:params:oauth:grant-type:device_code")
            .secret_param("device_code", "not-a-real-code")
            .polling(limit, move |error| {
                (error.code() == Some("authorization_pending")).then_some(pause)
            });
        let tokens = self.tokens.clone();
        let redeemed = tokio::spawn(async move { tokens.redeem(request).await });
        self.clock.settle().await;
        redeemed
    }

    /// Checks that the next request is sent after exactly this time.
    async fn assert_next_after(&self, pause: Duration) {
        let before = self.sent();
        self.clock.advance(pause - Duration::from_millis(1));
        self.clock.settle().await;
        assert_eq!(self.sent(), before, "a request before {pause:?}");
        self.clock.advance(Duration::from_millis(1));
        self.clock.settle().await;
        assert_eq!(self.sent(), before + 1, "no request after {pause:?}");
    }

    fn sent(&self) -> usize {
        self.transport.sent()
    }
}

#[tokio::test]
async fn a_pending_request_is_repeated_until_it_is_approved() {
    let fixture = Fixture::new([pending(), pending(), token("approved")]);
    let redeemed = fixture.redeem(seconds(5), seconds(600)).await;
    assert_eq!(fixture.sent(), 1);
    fixture.assert_next_after(seconds(5)).await;
    fixture.assert_next_after(seconds(5)).await;
    assert_eq!(value(&redeemed.await.unwrap().unwrap()), "approved");
    assert_eq!(value(&fixture.tokens.token().await.unwrap()), "approved");
}

#[tokio::test]
async fn other_errors_end_the_polling() {
    let fixture = Fixture::new([pending(), json(400, r#"{"error":"access_denied"}"#)]);
    let redeemed = fixture.redeem(seconds(5), seconds(600)).await;
    fixture.assert_next_after(seconds(5)).await;
    let error = redeemed.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("access_denied"), "{error}");
}

#[tokio::test]
async fn the_pause_is_at_least_a_second_and_at_least_the_retry_after() {
    let fixture = Fixture::new([pending(), pending_with_retry_after("20"), pending_with_retry_after("0")]);
    let _redeemed = fixture.redeem(Duration::ZERO, seconds(600)).await;
    fixture.assert_next_after(seconds(1)).await;
    fixture.assert_next_after(seconds(20)).await;
    fixture.assert_next_after(seconds(1)).await;
}

#[tokio::test]
async fn the_pause_doubles_after_each_missing_response() {
    let fixture = Fixture::new([interrupted(), interrupted(), pending(), interrupted(), pending()]);
    let _redeemed = fixture.redeem(seconds(7), seconds(600)).await;
    for pause in [10, 20, 7, 14] {
        fixture.assert_next_after(seconds(pause)).await;
    }
}

#[tokio::test]
async fn no_request_starts_after_the_limit() {
    for (limit, requests) in [(4, 1), (5, 2), (9, 2), (10, 3), (11, 3)] {
        let fixture = Fixture::new([pending()]);
        let redeemed = fixture.redeem(seconds(5), seconds(limit)).await;
        for _ in 1..requests {
            fixture.assert_next_after(seconds(5)).await;
        }
        let error = redeemed.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("authorization_pending"), "{limit}: {error}");
        assert_eq!(fixture.sent(), requests, "{limit}");
    }
}

#[tokio::test]
async fn polling_ends_when_no_caller_waits() {
    let fixture = Fixture::new([pending()]);
    let redeemed = fixture.redeem(seconds(5), seconds(600)).await;
    fixture.assert_next_after(seconds(5)).await;
    redeemed.abort();
    fixture.clock.settle().await;
    fixture.clock.advance(seconds(5));
    fixture.clock.settle().await;
    assert_eq!(fixture.sent(), 2);
    assert_eq!(fixture.clock.tasks_alive(), 0);
}
