//! The way to the token endpoint for a program that finds its token in a store mostly, and then has no use for an HTTP client:
//! the system's certificates take longer to load than the rest takes.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use evergrant::error::{TransportError, TransportErrorKind};
use evergrant_reqwest::Transport;

use crate::settings::http;

/// A transport that is made when it is needed.
#[derive(Debug)]
pub(crate) struct LateTransport {
    timeout: Duration,
    transport: OnceLock<Result<Transport, Arc<str>>>,
}

impl LateTransport {
    /// With this limit for a connection, and for each piece of an answer.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            transport: OnceLock::new(),
        }
    }

    fn transport(&self) -> Result<&Transport, TransportError> {
        let make = || Transport::from_builder(|| http(self.timeout)).map_err(|error| error.to_string().into());
        let made = self.transport.get_or_init(make).as_ref();
        made.map_err(|problem| TransportError::new(TransportErrorKind::Other, problem.to_string()))
    }
}

impl evergrant::Transport for LateTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        self.transport()?.send(request).await
    }
}
