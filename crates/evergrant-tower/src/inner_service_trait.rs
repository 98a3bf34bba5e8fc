//! What an inner service must be, as one trait, so that the compiler names the cause where one is missing.

use evergrant::error::BoxError;
use http::{Request, Response};
use tower_service::Service;

use crate::replayable_body::Replayable;

/// A service that an [`Authorize`](crate::Authorize) service can send requests with: an HTTP client whose requests have
/// the body [`Replayable<B>`](Replayable). This trait is implemented for every such [`Service`].
///
/// For a service with another body, the error message of the compiler contains the remedy:
///
/// ```compile_fail
/// use evergrant_tower::{Authorize, AuthorizeLayer};
/// use http::Request;
/// use tower_layer::Layer as _;
/// use tower_service::Service;
///
/// fn requires_client<S: Service<Request<String>>>(_: S) {}
///
/// // This service takes the body `String`, and not `Replayable<String>`.
/// fn client(http: impl Service<Request<String>> + Clone, layer: AuthorizeLayer) {
///     requires_client(layer.layer(http));
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot send the requests of an authorized service",
    label = "does not accept requests with the body `Replayable<{B}>`",
    note = "a tonic `Channel` is authorized by `AuthorizeLayerBuilder::grpc_channel`, with the feature `tonic`",
    note = "any other service needs the body `Replayable<{B}>`: let it accept every body, or convert it below the layer, with `map_request(|request| request.map(..))`",
    note = "it must also be `Clone + Send + 'static`, with `Send` futures and an error that converts to a `BoxError`"
)]
pub trait InnerService<B>:
    Service<Request<Replayable<B>>, Response = Response<Self::ResponseBody>, Error: Into<BoxError>, Future: Send>
    + Clone
    + Send
    + 'static
{
    /// The body of the service's responses.
    type ResponseBody;
}

#[diagnostic::do_not_recommend]
impl<S, B, R> InnerService<B> for S
where
    S: Service<Request<Replayable<B>>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
{
    type ResponseBody = R;
}
