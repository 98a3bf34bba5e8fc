//! The way to the token endpoint for a program that finds its token in a store mostly, and then has no use for an HTTP client:
//! the system's certificates take longer to load than the rest takes.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use evergrant::error::{TransportCause, TransportError, TransportErrorKind};
use evergrant::transport::check_root_certificates;
use evergrant_reqwest::Transport;

use crate::connection::Connection;

/// A transport that is made when it is needed.
#[derive(Debug)]
pub(crate) struct LateTransport {
    connection: Connection,
    transport: OnceLock<Result<Transport, Arc<str>>>,
}

impl LateTransport {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection,
            transport: OnceLock::new(),
        }
    }

    fn transport(&self) -> Result<&Transport, TransportError> {
        let make = || Transport::from_builder(|| self.connection.http()).map_err(|error| error.to_string().into());
        let made = self.transport.get_or_init(make).as_ref();
        made.map_err(|problem| TransportError::new(TransportErrorKind::Other, problem.to_string()))
    }
}

impl evergrant::Transport for LateTransport {
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
