//! Transports that look at token requests on their way, or spoil them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use evergrant::Transport;
use evergrant::error::TransportError;
use http::header::CONTENT_LENGTH;
use http::{Request, Response};

/// Counts token requests.
#[derive(Debug, Clone)]
pub(super) struct Counting {
    inner: evergrant_reqwest::Transport,
    requests: Arc<AtomicUsize>,
}

impl Counting {
    pub(super) fn new(inner: evergrant_reqwest::Transport) -> Self {
        Self {
            inner,
            requests: Arc::default(),
        }
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Transport for Counting {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request).await
    }
}

/// Takes the grant type out of token requests, which no setting of the library's can.
#[derive(Debug)]
pub(super) struct WithoutGrantType(pub(super) evergrant_reqwest::Transport);

impl Transport for WithoutGrantType {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (mut head, body) = request.into_parts();
        let kept: Vec<&[u8]> = body
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.starts_with(b"grant_type="))
            .collect();
        head.headers.remove(CONTENT_LENGTH);
        self.0.send(Request::from_parts(head, kept.join(&b'&').into())).await
    }
}
