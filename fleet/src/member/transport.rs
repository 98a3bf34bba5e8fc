//! The member's way to the authorization server: a request is a step, and says whose it is.

use std::sync::Arc;

use bytes::Bytes;
use evergrant::error::{TransportError, TransportErrorKind};
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};

use super::course::{Course, Phase};
use super::steps::{Point, Step};

/// A transport that can lose the network.
#[derive(Debug)]
pub(super) struct WatchedTransport {
    pub(super) inner: evergrant_reqwest::Transport,
    pub(super) name: String,
    pub(super) course: Arc<Course>,
}

impl evergrant::Transport for WatchedTransport {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if let Ok(name) = HeaderValue::from_str(&self.name) {
            request.headers_mut().insert(USER_AGENT, name);
        }
        let lost = |kind| Err(TransportError::new(kind, "lost on purpose"));
        self.course.reach(Point::before(Step::Send)).await;
        if self.course.network_is_lost() {
            return lost(TransportErrorKind::Connect);
        }
        self.course.enter(Phase::Asking);
        let response = self.inner.send(request).await;
        self.course.enter(Phase::Saving);
        self.course.reach(Point::after(Step::Send)).await;
        if self.course.network_is_lost() {
            return lost(TransportErrorKind::Interrupted);
        }
        response
    }
}
