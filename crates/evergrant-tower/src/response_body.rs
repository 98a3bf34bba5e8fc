//! The response and its body. A gRPC call may go on in the body: see `grpc_trailer_rejection`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use evergrant::error::BoxError;
use http::{HeaderMap, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::error::Error;
use crate::grpc_trailer_rejection::{STATUS, Verdict, have_same_encoding};
use crate::peek_response_body::StartedBody;

/// A call that may send its request more than once.
pub(crate) type SentCall<R> = Pin<Box<dyn Future<Output = Result<Sent<R>, Error>> + Send>>;

/// The end of a call.
pub(crate) enum Sent<R: Body> {
    Response(Response<R>),
    /// A response whose body was read in part.
    Started(Response<StartedBody<R>>),
    /// The response that the caller already has.
    Passed,
}

/// The future that an [`Authorize`](crate::Authorize) service returns. It completes with the response.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<R: Body> {
    call: Option<SentCall<R>>,
    verdict: Verdict<R>,
}

impl<R: Body> ResponseFuture<R> {
    pub(crate) fn new(call: SentCall<R>, verdict: Verdict<R>) -> Self {
        let call = Some(call);
        Self { call, verdict }
    }
}

impl<R: Body> Future for ResponseFuture<R> {
    type Output = Result<Response<ResponseBody<R>>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(call) = &mut self.call else {
            return Poll::Pending;
        };
        let sent = call.as_mut().poll(context);
        let passed = self.verdict.take_response();
        let response = match (sent, passed) {
            (Poll::Ready(Ok(Sent::Response(response))), _) => response.map(ResponseBody::complete),
            (Poll::Ready(Ok(Sent::Started(response))), _) => response.map(ResponseBody::started),
            (Poll::Ready(Err(error)), _) => {
                self.call = None;
                return Poll::Ready(Err(error));
            }
            (_, Some(response)) => {
                let (call, verdict) = (self.call.take(), self.verdict.clone());
                let (head, body) = response.into_parts();
                let body = ResponseBody::open(body, head.headers.clone(), call, verdict);
                return Poll::Ready(Ok(Response::from_parts(head, body)));
            }
            (_, None) => return Poll::Pending,
        };
        self.call = None;
        Poll::Ready(Ok(response))
    }
}

impl<R: Body> fmt::Debug for ResponseFuture<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

pin_project! {
    /// The body of a response that an [`Authorize`](crate::Authorize) service returns. `R` is the type of the inner
    /// service's response body.
    ///
    /// With [`grpc`](crate::AuthorizeLayerBuilder::grpc), the rejection of a token can arrive in this body, as trailers
    /// with the status `UNAUTHENTICATED` before any message. The request is then sent again, and the body of the new
    /// response follows in place of these trailers.
    #[project = ProjectedBody]
    pub struct ResponseBody<R: Body> {
        #[pin]
        state: State<R>,
    }
}

pin_project! {
    #[project = ProjectedState]
    enum State<R: Body> {
        Complete { #[pin] body: R },
        Started { body: StartedBody<R> },
        Open { open: Box<Open<R>> },
    }
}

/// A body whose call may go on.
struct Open<R: Body> {
    body: Pin<Box<R>>,
    /// The head that the caller has.
    head: HeaderMap,
    /// `None` after the call has ended.
    call: Option<SentCall<R>>,
    verdict: Verdict<R>,
    /// The trailers that the caller receives if the request is not sent again.
    trailers: Option<HeaderMap>,
    /// The caller has received the trailers.
    ended: bool,
}

impl<R: Body> ResponseBody<R> {
    fn complete(body: R) -> Self {
        let state = State::Complete { body };
        Self { state }
    }

    fn started(body: StartedBody<R>) -> Self {
        let state = State::Started { body };
        Self { state }
    }

    fn open(body: R, head: HeaderMap, call: Option<SentCall<R>>, verdict: Verdict<R>) -> Self {
        let open = Box::new(Open {
            body: Box::pin(body),
            head,
            call,
            verdict,
            trailers: None,
            ended: false,
        });
        Self {
            state: State::Open { open },
        }
    }
}

type Polled<D> = Poll<Option<Result<Frame<D>, Error>>>;

impl<R> Open<R>
where
    R: Body,
    R::Error: Into<BoxError>,
{
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Polled<R::Data> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            if self.trailers.is_some() {
                ready!(self.poll_call(context)?);
                if let Some(trailers) = self.trailers.take() {
                    self.ended = true;
                    return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
                }
                continue;
            }
            let polled = ready!(self.body.as_mut().poll_frame(context));
            let Some(call) = &mut self.call else {
                return Poll::Ready(polled.map(|frame| frame.map_err(Error::body)));
            };
            let frame = match polled {
                Some(Ok(frame)) => frame,
                other => {
                    self.call = None;
                    return Poll::Ready(other.map(|frame| frame.map_err(Error::body)));
                }
            };
            match frame.into_trailers() {
                Ok(trailers) => {
                    self.verdict.give(Some(trailers.clone()));
                    self.trailers = Some(trailers);
                }
                Err(frame) => {
                    // The call only records that the response was accepted.
                    self.verdict.give(None);
                    let _ = call.as_mut().poll(context);
                    self.call = None;
                    return Poll::Ready(Some(Ok(frame)));
                }
            }
        }
    }

    /// Lets the call go on. Afterwards, the trailers are gone if there is another response.
    fn poll_call(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(call) = &mut self.call else {
            return Poll::Ready(Ok(()));
        };
        let sent = call.as_mut().poll(context);
        if let Some(next) = self.verdict.take_response() {
            return Poll::Ready(self.replace(next));
        }
        let sent = ready!(sent);
        self.call = None;
        match sent? {
            Sent::Passed => {}
            Sent::Response(next) if next.headers().contains_key(STATUS) => {
                self.trailers = Some(next.into_parts().0.headers);
            }
            Sent::Response(next) if next.status().is_success() => return Poll::Ready(self.replace(next)),
            // Not a gRPC response: the rejection is the result.
            Sent::Response(_) | Sent::Started(_) => {}
        }
        Poll::Ready(Ok(()))
    }

    fn replace(&mut self, next: Response<R>) -> Result<(), Error> {
        let (head, body) = next.into_parts();
        if !have_same_encoding(&head.headers, &self.head) {
            self.ended = true;
            let problem =
                "the response of the repeated call has another `grpc-encoding` than the head that was returned";
            return Err(Error::body(problem));
        }
        self.body = Box::pin(body);
        self.trailers = None;
        Ok(())
    }
}

impl<R> Body for ResponseBody<R>
where
    R: Body,
    R::Error: Into<BoxError>,
{
    type Data = R::Data;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled<R::Data> {
        match self.project().state.project() {
            ProjectedState::Complete { body } => {
                let polled = ready!(body.poll_frame(context));
                Poll::Ready(polled.map(|frame| frame.map_err(Error::body)))
            }
            ProjectedState::Started { body } => {
                let polled = ready!(Pin::new(body).poll_frame(context));
                Poll::Ready(polled.map(|frame| frame.map_err(Error::body)))
            }
            ProjectedState::Open { open } => open.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Complete { body } => body.is_end_stream(),
            State::Started { body } => body.is_end_stream(),
            State::Open { open } => open.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Complete { body } => body.size_hint(),
            State::Started { body } => body.size_hint(),
            State::Open { .. } => SizeHint::new(),
        }
    }
}

impl<R: Body> fmt::Debug for ResponseBody<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}
