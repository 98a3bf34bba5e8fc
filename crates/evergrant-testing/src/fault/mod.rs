//! The faults that a test can inject into a server.

mod scripted_response;

use std::time::Duration;

use bytes::Bytes;
use http::Response;

pub use self::scripted_response::MockResponse;
use crate::http_host::Connection;
use crate::response_body::{Body, full, truncated};

/// A fault that an [`AuthServer`](crate::AuthServer) or [`ApiServer`](crate::ApiServer) injects into its handling of
/// one request.
///
/// Durations are in real time. If the fault replaces the normal response, the server does not check the request and
/// grants no token.
///
/// ```
/// use std::time::Duration;
/// use evergrant_testing::{AuthServer, Fault, MockResponse};
///
/// let server = AuthServer::builder().client("client-id", "not-a-real-secret").start();
/// server.next(Fault::Latency(Duration::from_millis(20)));
/// server.next(MockResponse::new(503).header("retry-after", "2"));
/// server.next(Fault::Reset.after(Duration::from_millis(5)));
/// server.always(Fault::Disconnect);
/// server.recover();
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// Delays the normal response by this duration, in real time.
    Latency(Duration),
    /// Sends this response instead of the normal one.
    Response(MockResponse),
    /// Sends a response with status 200 that ends in the middle of its body, before `Content-Length` is reached.
    Truncated,
    /// Sends a response with status 200 that ends in the middle of its headers.
    TruncatedHead,
    /// Sends a response with status 200 and a body larger than 1 MiB.
    Oversized,
    /// Sends the body of the normal response one byte at a time, with this pause before each byte.
    Drip(Duration),
    /// Reads the request, and does not respond until the test calls `release_hanging` on the server.
    Hang,
    /// Closes the connection without sending a response.
    Disconnect,
    /// Resets the connection (TCP RST) without sending a response.
    Reset,
    /// Waits for this duration, and then applies the contained fault.
    After(Duration, Box<Fault>),
}

impl Fault {
    /// Returns a fault that waits for `delay` and then applies this fault.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self::After(delay, Box::new(self))
    }

    /// Waits as the fault requires, and returns the action to take. `released` completes when hanging requests are
    /// released.
    pub(crate) async fn resolve(self, connection: &Connection, released: impl Future<Output = ()>) -> FaultAction {
        const TOKEN: &[u8] = br#"{"access_token":"cut-off-token","token_type":"Bearer","expires_in":3600}"#;
        let mut fault = self;
        while let Self::After(delay, inner) = fault {
            tokio::time::sleep(delay).await;
            fault = *inner;
        }
        match fault {
            Self::Latency(delay) => {
                tokio::time::sleep(delay).await;
                FaultAction::Continue
            }
            Self::Response(response) => FaultAction::Respond(response.into_response().map(full)),
            Self::Truncated => {
                let response = success().header("content-length", &TOKEN.len().to_string());
                let part = Bytes::from_static(&TOKEN[..30]);
                FaultAction::Respond(response.into_response().map(|_| truncated(part)))
            }
            Self::TruncatedHead => {
                connection.cut_after("HTTP/1.1 200 OK\r\ncontent".len());
                FaultAction::Respond(success().body(TOKEN).into_response().map(full))
            }
            Self::Oversized => {
                let padding = "x".repeat(1024 * 1024);
                let json = format!(r#"{{"access_token":"big-token","padding":"{padding}"}}"#);
                FaultAction::Respond(success().body(json).into_response().map(full))
            }
            Self::Drip(pause) => FaultAction::Drip(pause),
            Self::Hang => {
                released.await;
                FaultAction::Continue
            }
            Self::Disconnect => FaultAction::Disconnect,
            Self::Reset => {
                connection.reset();
                FaultAction::Disconnect
            }
            Self::After(..) => unreachable!("the loop above unwraps delays"),
        }
    }
}

impl From<MockResponse> for Fault {
    fn from(response: MockResponse) -> Self {
        Self::Response(response)
    }
}

/// How the server proceeds with a request.
pub(crate) enum FaultAction {
    Continue,
    Drip(Duration),
    Respond(Response<Body>),
    Disconnect,
}

fn success() -> MockResponse {
    MockResponse::new(200).header("content-type", "application/json")
}
