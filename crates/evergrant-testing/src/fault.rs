//! What a server can be told to do wrong.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Frame;

use crate::host::Body;

/// Something that goes wrong with one request.
///
/// ```
/// use std::time::Duration;
/// use evergrant_testing::{Answer, AuthServer, Fault};
///
/// let server = AuthServer::builder().client("client-id", "not-a-real-secret").start();
/// server.next(Fault::Latency(Duration::from_millis(20)));
/// server.next(Answer::new(503).header("retry-after", "2"));
/// server.always(Fault::Disconnect);
/// server.recover();
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// The request is served normally, this much later (real time).
    Latency(Duration),
    /// This is answered instead.
    Answer(Answer),
    /// A success that breaks off in the middle of its body.
    Truncated,
    /// A success whose body is larger than 1 MiB.
    Oversized,
    /// The request is read, and never answered.
    Hang,
    /// The connection is closed without an answer.
    Disconnect,
}

/// Any HTTP response.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Answer {
    /// An empty response.
    ///
    /// # Panics
    /// If the status is not between 100 and 999.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("an HTTP status"),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Adds a header.
    ///
    /// # Panics
    /// If the name or the value cannot be sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = name.parse().expect("a header name");
        let value = value.parse().expect("a header value");
        self.headers.push((name, value));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a JSON body and its content type.
    #[must_use]
    pub fn json(self, json: &str) -> Self {
        self.header("content-type", "application/json").body(json.to_owned())
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(full(self.body));
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

impl From<Answer> for Fault {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl Fault {
    /// What to answer in place of the real thing; `None` to go on.
    pub(crate) async fn happen(self) -> Option<Result<Response<Body>, io::Error>> {
        const TOKEN: &[u8] = br#"{"access_token":"cut-off-token","token_type":"Bearer","expires_in":3600}"#;
        match self {
            Self::Latency(duration) => {
                tokio::time::sleep(duration).await;
                None
            }
            Self::Answer(answer) => Some(Ok(answer.into_response())),
            Self::Truncated => {
                let body = CutOff {
                    piece: Some(Bytes::from_static(&TOKEN[..30])),
                    pauses: 3,
                };
                let length = TOKEN.len().to_string();
                let answer = Answer::new(200)
                    .header("content-type", "application/json")
                    .header("content-length", &length);
                Some(Ok(answer.into_response().map(|_| body.boxed())))
            }
            Self::Oversized => {
                let padding = format!(
                    r#"{{"access_token":"big-token","padding":"{}"}}"#,
                    "x".repeat(1024 * 1024)
                );
                Some(Ok(Answer::new(200).json(&padding).into_response()))
            }
            Self::Hang => std::future::pending().await,
            Self::Disconnect => Some(Err(io::Error::other("disconnected by the script"))),
        }
    }
}

pub(crate) fn full(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed()
}

/// A body that breaks off after its first piece.
struct CutOff {
    piece: Option<Bytes>,
    /// How often to let the server write out what it has, before the break.
    pauses: u8,
}

impl hyper::body::Body for CutOff {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(piece) = self.piece.take() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if self.pauses > 0 {
            self.pauses -= 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("cut off by the script"))))
    }
}
