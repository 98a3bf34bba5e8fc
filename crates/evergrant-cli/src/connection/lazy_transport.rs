//! A transport that creates its HTTP client on first use. A program that finds its token in a store needs none, and
//! loading the system's certificates takes longer than everything else.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use evergrant::error::{TransportCause, TransportError, TransportErrorKind};
use evergrant::transport::check_root_certificates;
use evergrant_profile::HttpOptions;
use evergrant_reqwest::Transport;

/// A transport that is created on first use.
#[derive(Debug)]
pub(crate) struct LazyTransport {
    http: HttpOptions,
    transport: OnceLock<Result<Transport, Arc<str>>>,
}

impl LazyTransport {
    pub(crate) fn new(http: HttpOptions) -> Self {
        Self {
            http,
            transport: OnceLock::new(),
        }
    }

    fn transport(&self) -> Result<&Transport, TransportError> {
        let create = || Transport::from_builder(|| self.http.builder()).map_err(|error| error.to_string().into());
        let transport = self.transport.get_or_init(create).as_ref();
        transport.map_err(|problem| TransportError::new(TransportErrorKind::Other, problem.to_string()))
    }
}

impl evergrant::Transport for LazyTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        if request.uri().scheme_str() == Some("https")
            && let Err(problem) = check_root_certificates()
        {
            let cause = TransportCause::unreadable_root_certificates(problem);
            return Err(TransportError::new(TransportErrorKind::Connect, "no root certificates").with_cause(cause));
        }
        self.transport()?.send(request).await
    }
}
