//! Token requests name the program as its calls do.

use bytes::Bytes;
use evergrant::error::TransportError;
use evergrant::{Relaxation, Transport};
use http::header::USER_AGENT;
use http::{Request, Response};

/// A transport whose HTTP client has a name: that of the API's client, unless the application has said another.
#[derive(Debug)]
pub(super) struct Named(pub(super) evergrant_reqwest::Transport);

impl Transport for Named {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        request.headers_mut().remove(USER_AGENT);
        self.0.send(request).await
    }

    fn relaxations(&self) -> Vec<Relaxation> {
        self.0.relaxations()
    }
}
