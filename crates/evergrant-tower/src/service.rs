//! The authorization service: sends each request through `send`, over a ready inner service.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use evergrant::error::BoxError;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::error::Error;
use crate::grpc_trailer_rejection::Verdict;
use crate::inner_service_trait::InnerService;
use crate::response_body::{ResponseBody, ResponseFuture};
use crate::send::send;
use crate::settings::Settings;

/// A service that authorizes each request and passes it to the inner service. [`AuthorizeLayer`](crate::AuthorizeLayer)
/// creates it.
///
/// - The service is ready when the inner service is ready, and reserves that readiness while it waits for a token.
///   Before it sends a request again, it polls the inner service for readiness again.
/// - The response future is boxed, which costs one allocation for each request.
/// - If a request already has an `authorization` header that the credentials would overwrite, the call fails with
///   [`Error::Request`]. Remove the header, or add the extension [`Unauthenticated`](crate::Unauthenticated).
/// - The response that rejected the token is dropped before the request is sent again.
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

impl<S, B> Service<Request<B>> for Authorize<S>
where
    S: InnerService<B, ResponseBody: Body<Data: Send, Error: Into<BoxError>> + Send + 'static>,
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<S::ResponseBody>>;
    type Error = Error;
    type Future = ResponseFuture<S::ResponseBody>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context).map_err(Error::not_ready)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // `poll_ready` was called on `self.inner`, so that instance sends the request.
        let next = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, next);
        let verdict = Verdict::new(self.settings.grpc);
        let call = send(Arc::clone(&self.settings), ready, request, verdict.clone());
        ResponseFuture::new(Box::pin(call), verdict)
    }
}

/// Omits the inner service, whose `Debug` may show secrets.
impl<S> fmt::Debug for Authorize<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
