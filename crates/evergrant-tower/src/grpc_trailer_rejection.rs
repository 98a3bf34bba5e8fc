//! A gRPC server may reject a call after the head of its response: in trailers, before any message. The call then goes
//! on in the body of the response, which the caller already has.
//!
//! ```text
//! ResponseFuture ─▶ call (`send`) ─▶ Verdict::wait: the head goes to the caller; the call waits
//!                                          ▲
//! ResponseBody ─▶ first frame ─▶ Verdict::give, and the call goes on: it returns, or sends the request again
//! ```

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, Response, StatusCode};
use http_body::Body;

pub(crate) const STATUS: HeaderName = HeaderName::from_static("grpc-status");
pub(crate) const UNAUTHENTICATED: &str = "16";
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// Passes a response from a call to its caller, and the first frame of its body back. Only gRPC calls need it.
pub(crate) struct Verdict<R>(Option<Arc<Mutex<State<R>>>>);

enum State<R> {
    Idle,
    /// The call has a response, and waits.
    Response(Response<R>),
    /// The caller has the response.
    Passed,
    /// The first frame: trailers, or a message.
    FirstFrame(Option<HeaderMap>),
}

impl<R> Verdict<R> {
    pub(crate) fn new(is_grpc: bool) -> Self {
        Self(is_grpc.then(|| Arc::new(Mutex::new(State::Idle))))
    }

    /// Passes a response to the caller, and returns the trailers if its body has no message.
    pub(crate) async fn wait(&self, response: Response<R>) -> Option<HeaderMap> {
        let shared = self.0.as_ref()?;
        *lock(shared) = State::Response(response);
        poll_fn(|_| {
            let mut state = lock(shared);
            match &mut *state {
                State::FirstFrame(trailers) => {
                    let trailers = trailers.take();
                    *state = State::Idle;
                    Poll::Ready(trailers)
                }
                // The body polls the call when it has the first frame.
                _ => Poll::Pending,
            }
        })
        .await
    }

    /// Returns the response that the call has passed.
    pub(crate) fn take_response(&self) -> Option<Response<R>> {
        let mut state = lock(self.0.as_ref()?);
        match std::mem::replace(&mut *state, State::Passed) {
            State::Response(response) => Some(response),
            other => {
                *state = other;
                None
            }
        }
    }

    /// Gives the first frame of the response's body: its trailers, or `None` for anything else.
    pub(crate) fn give(&self, trailers: Option<HeaderMap>) {
        if let Some(shared) = &self.0 {
            *lock(shared) = State::FirstFrame(trailers);
        }
    }
}

impl<R> Clone for Verdict<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

fn lock<R>(shared: &Mutex<State<R>>) -> MutexGuard<'_, State<R>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether the status of a gRPC call is not in the head of its response.
pub(crate) fn is_open<R: Body>(response: &Response<R>) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE);
    response.status() == StatusCode::OK
        && content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
        && !response.headers().contains_key(STATUS)
        && !response.body().is_end_stream()
}

/// Returns whether messages of both responses are read in the same way.
pub(crate) fn have_same_encoding(one: &HeaderMap, other: &HeaderMap) -> bool {
    one.get(ENCODING) == other.get(ENCODING)
}
