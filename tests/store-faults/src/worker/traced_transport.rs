//! The transport of a process: each request is a step and carries the name of its sender and the time.

use std::sync::Arc;

use bytes::Bytes;
use evergrant::error::{TransportError, TransportErrorKind};
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};

use super::fault_injection::{FaultInjector, Phase};
use super::renewal_steps::{Point, Step};
use super::reported_events::now;

/// A transport with fault injection.
#[derive(Debug)]
pub(super) struct InstrumentedTransport {
    pub(super) inner: evergrant_reqwest::Transport,
    pub(super) name: String,
    pub(super) faults: Arc<FaultInjector>,
}

impl evergrant::Transport for InstrumentedTransport {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if let Ok(sender) = HeaderValue::from_str(&format!("{} {}", self.name, now().as_nanos())) {
            request.headers_mut().insert(USER_AGENT, sender);
        }
        let unavailable = |kind| Err(TransportError::new(kind, "injected network failure"));
        self.faults.reach(Point::before(Step::Request)).await;
        if self.faults.network_is_unavailable() {
            return unavailable(TransportErrorKind::Connect);
        }
        self.faults.set_phase(Phase::Requesting);
        let extensions = self.faults.extensions();
        let response = self.inner.send(request).await;
        self.faults.wait_for_extension(extensions).await;
        self.faults.set_phase(Phase::Saving);
        self.faults.reach(Point::after(Step::Request)).await;
        if self.faults.network_is_unavailable() {
            return unavailable(TransportErrorKind::Interrupted);
        }
        response
    }
}
