//! The time limit of a call, which includes the wait for its token.

use std::io;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use evergrant::error::BoxError;
use evergrant::runtime::{BoxFuture, Runtime as _, TokioRuntime};
use hyper::body::{Frame, SizeHint};
use reqwest::{Body, Request, Response};

use super::response_url::with_url;

/// The end of a call that has a time limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    pub(super) limit: Duration,
    /// When the call started, since the machine started.
    started: Duration,
    /// Whether reqwest measures the limit of an attempt. It cannot while the application has paused Tokio's clock.
    is_measured_by_reqwest: bool,
}

/// The time limit is reached.
pub(super) struct Elapsed;

impl Deadline {
    /// The call starts now.
    pub(super) fn after(limit: Duration) -> Self {
        Self {
            limit,
            started: now(),
            is_measured_by_reqwest: !TokioRuntime::is_clock_paused(),
        }
    }

    /// Limits an attempt to the time that is left.
    pub(super) fn limit(&self, attempt: &mut Request) {
        *attempt.timeout_mut() = self.is_measured_by_reqwest.then(|| self.remaining());
    }

    /// Waits for a future until the deadline.
    pub(super) async fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> Result<T, Elapsed> {
        let output = TokioRuntime::new().timeout(self.remaining(), future).await;
        output.ok_or(Elapsed)
    }

    /// Waits for the response to an attempt, and limits the time for its body, unless reqwest measures both.
    pub(super) async fn receive<E: Send>(
        &self,
        response: impl Future<Output = Result<Response, E>> + Send,
    ) -> Result<Result<Response, E>, Elapsed> {
        if self.is_measured_by_reqwest {
            return Ok(response.await);
        }
        let response = Box::pin(self.wait(response)).await?;
        Ok(response.map(|response| self.limit_body(response)))
    }

    fn limit_body(&self, response: Response) -> Response {
        let (url, limit) = (response.url().clone(), self.remaining());
        let elapsed = async move { TokioRuntime::new().sleep_running(limit).await };
        let response = http::Response::<Body>::from(response).map(|body| {
            let elapsed = Mutex::new(Box::pin(elapsed) as BoxFuture<'static, ()>);
            Body::wrap(LimitedBody { body, elapsed })
        });
        with_url(&url, response.into())
    }

    fn remaining(&self) -> Duration {
        self.limit.saturating_sub(now().saturating_sub(self.started))
    }
}

fn now() -> Duration {
    TokioRuntime::new().now().since_boot()
}

/// A body that must be complete before a deadline.
struct LimitedBody {
    body: Body,
    /// Never locked: a body must be `Sync`.
    elapsed: Mutex<BoxFuture<'static, ()>>,
}

impl hyper::body::Body for LimitedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        if let Ok(elapsed) = self.elapsed.get_mut() {
            ready!(elapsed.as_mut().poll(context));
        }
        let elapsed = io::Error::new(io::ErrorKind::TimedOut, "the time limit of the call passed");
        Poll::Ready(Some(Err(elapsed.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
