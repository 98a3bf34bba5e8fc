//! What a server can be told to do wrong.

mod answer;
mod body;

use std::time::Duration;

use bytes::Bytes;
use http::Response;

pub use self::answer::Answer;
pub(crate) use self::body::{Body, drip, full};
use crate::host::Connection;

/// Something that goes wrong with one request.
///
/// Durations are real time. What comes instead of a genuine response grants no token, and runs none of the server's checks.
///
/// ```
/// use std::time::Duration;
/// use evergrant_testing::{Answer, AuthServer, Fault};
///
/// let server = AuthServer::builder().client("client-id", "not-a-real-secret").start();
/// server.next(Fault::Latency(Duration::from_millis(20)));
/// server.next(Answer::new(503).header("retry-after", "2"));
/// server.next(Fault::Reset.after(Duration::from_millis(5)));
/// server.always(Fault::Disconnect);
/// server.recover();
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// The request is served normally, this much later.
    Latency(Duration),
    /// This is answered instead.
    Answer(Answer),
    /// A success that breaks off in the middle of its body: fewer bytes than its `Content-Length`, then the end.
    Truncated,
    /// A success that breaks off in the middle of its headers.
    TruncatedHead,
    /// A success whose body is larger than 1 MiB.
    Oversized,
    /// The request is served normally, but the response's body comes one byte at a time, this long apart.
    Drip(Duration),
    /// The request is read, and not answered until the server's `release_hanging`, if ever.
    Hang,
    /// The connection is closed without an answer.
    Disconnect,
    /// The connection is reset (TCP RST) without an answer.
    Reset,
    /// The other fault, this much later.
    After(Duration, Box<Fault>),
}

impl Fault {
    /// This fault, that much later.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self::After(delay, Box::new(self))
    }

    /// Lets the fault take its course, up to the point where something is sent.
    pub(crate) async fn happen(self, connection: &Connection, released: impl Future<Output = ()>) -> Course {
        const TOKEN: &[u8] = br#"{"access_token":"cut-off-token","token_type":"Bearer","expires_in":3600}"#;
        let mut fault = self;
        while let Self::After(delay, inner) = fault {
            tokio::time::sleep(delay).await;
            fault = *inner;
        }
        match fault {
            Self::Latency(delay) => {
                tokio::time::sleep(delay).await;
                Course::AsUsual
            }
            Self::Answer(answer) => Course::Instead(answer.into_response().map(full)),
            Self::Truncated => {
                let answer = success().header("content-length", &TOKEN.len().to_string());
                let piece = Bytes::from_static(&TOKEN[..30]);
                Course::Instead(answer.into_response().map(|_| body::cut_off(piece)))
            }
            Self::TruncatedHead => {
                connection.cut_after("HTTP/1.1 200 OK\r\ncontent".len());
                Course::Instead(success().body(TOKEN).into_response().map(full))
            }
            Self::Oversized => {
                let padding = "x".repeat(1024 * 1024);
                let json = format!(r#"{{"access_token":"big-token","padding":"{padding}"}}"#);
                Course::Instead(success().body(json).into_response().map(full))
            }
            Self::Drip(pause) => Course::Dripping(pause),
            Self::Hang => {
                released.await;
                Course::AsUsual
            }
            Self::Disconnect => Course::Dropped,
            Self::Reset => {
                connection.reset();
                Course::Dropped
            }
            Self::After(..) => unreachable!("unwrapped above"),
        }
    }
}

impl From<Answer> for Fault {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// What becomes of a request.
pub(crate) enum Course {
    AsUsual,
    Dripping(Duration),
    Instead(Response<Body>),
    Dropped,
}

fn success() -> Answer {
    Answer::new(200).header("content-type", "application/json")
}
