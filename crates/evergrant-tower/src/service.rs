//! The service: hands each request to `send`, with an inner service that is ready for it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use evergrant::error::BoxError;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::layer::Settings;
use crate::send::send;
use crate::{Error, Replayable};

/// A service whose requests are authorized; [`AuthorizeLayer`](crate::AuthorizeLayer) makes it.
///
/// - It is ready when the inner service is, and keeps that readiness while it waits for a token. Before a replay, the inner
///   service is made ready again.
/// - Its future is boxed: one allocation beside those of a request.
/// - A request with an `authorization` header of its own that the credentials would overwrite is [`Error::Request`]; drop the
///   header, or add the extension [`Unauthenticated`](crate::Unauthenticated).
/// - A refusal's body is dropped before the replay.
#[derive(Clone)]
pub struct Authorize<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> Authorize<S> {
    pub(crate) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for Authorize<S>
where
    S: Service<Request<Replayable<B>>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
    R: Send + 'static,
{
    type Response = Response<R>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context).map_err(Error::not_ready)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was made ready goes with the request.
        let next = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, next);
        Box::pin(send(Arc::clone(&self.settings), ready, request))
    }
}

/// The inner service is left out: it may show what it likes.
impl<S> fmt::Debug for Authorize<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
